/** The run that is going, on every page: name, step, a thin bar, a door to its page. */
import { UnstyledButton } from '@mantine/core';
import { Status } from '../parts/chip.tsx';
import { count } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import { useGo } from './location.ts';
import styles from './run-pill.module.css';
import { useStatus } from './status-store.tsx';

export function RunPill() {
  const go = useGo();
  const running = useStatus()?.queue.running;
  if (running === undefined || running === null) return null;
  return (
    <UnstyledButton className={styles['pill']} onClick={() => go(`/runs/${running.id}`)}>
      <Status kind="running" />
      <span className={styles['name']}>{running.name}</span>
      <span className={styles['step']}>
        {count(running.step)}
        {running.steps === null ? '' : `/${count(running.steps)}`}
      </span>
      {running.steps !== null && (
        <Meter value={running.step} total={running.steps} label={running.name} width={48} />
      )}
    </UnstyledButton>
  );
}
