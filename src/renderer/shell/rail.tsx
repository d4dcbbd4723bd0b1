/** The rail: areas in work order, doctor and settings at the foot. */
import { Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { text } from '../strings/shell.ts';
import { type Area, areas } from '../views/areas.ts';
import { usePathname } from './location.ts';
import styles from './rail.module.css';

export function Rail() {
  const head = areas.filter(({ isFoot }) => isFoot !== true);
  const foot = areas.filter(({ isFoot }) => isFoot === true);
  return (
    <nav className={styles['rail']} aria-label={text.areas}>
      {head.map((area, index) => (
        <RailLink key={area.id} area={area} chord={`Mod+${index + 1}`} />
      ))}
      <span className={styles['gap']} />
      {foot.map((area) => (
        <RailLink key={area.id} area={area} />
      ))}
    </nav>
  );
}

function RailLink({ area, chord }: { readonly area: Area; readonly chord?: string }) {
  const pathname = usePathname();
  const isCurrent = pathname === area.path || pathname.startsWith(`${area.path}/`);
  return (
    <Tooltip
      position="right"
      label={
        <span className={styles['tip']}>
          {area.title} {chord !== undefined && <Keys chord={chord} />}
        </span>
      }
    >
      <Link
        // Areas come from the roll-call, not from literal route types.
        to={area.path as never}
        className={styles['link']}
        aria-label={area.title}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <Icon name={area.icon} size={20} />
      </Link>
    </Tooltip>
  );
}
