/** What happened, told once: a bell with a count, a list with doors. Newest on top. */
import { ActionIcon, Button, Indicator, Popover, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useState } from 'react';
import type { Notice } from '../../shared/model/system.ts';
import { Status } from '../parts/chip.tsx';
import { moment } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { useTRPC } from '../rpc/client.ts';
import { text } from '../strings/shell.ts';
import { askForDesktop, canAskForDesktop, showOnDesktop } from './desktop-notices.ts';
import { useGo } from './location.ts';
import styles from './notices.module.css';

const KEPT = 50;
const MARKS = { info: 'waiting', good: 'finished', bad: 'failed' } as const;

export function Notices() {
  const trpc = useTRPC();
  const go = useGo();
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const [seen, setSeen] = useState(0);
  const [canAsk, setCanAsk] = useState(canAskForDesktop);
  const isWanted = useQuery(trpc.workspace.settings.queryOptions()).data?.notices ?? false;
  useSubscription(
    trpc.system.notices.subscriptionOptions(undefined, {
      onData: ({ data }) => {
        setNotices((known) => [data, ...known].slice(0, KEPT));
        showOnDesktop(data, isWanted);
      },
    }),
  );
  const newest = notices[0]?.seq ?? 0;
  return (
    <Popover position="bottom-end" width={340} onOpen={() => setSeen(newest)}>
      <Indicator disabled={newest <= seen} size={7} offset={5} color="blue">
        <Popover.Target>
          <ActionIcon aria-label={text.notices}>
            <Icon name="bell" />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown>
        {canAsk && isWanted && (
          <Button
            fullWidth
            onClick={() => void askForDesktop().finally(() => setCanAsk(canAskForDesktop()))}
          >
            {text.alsoOnDesktop}
          </Button>
        )}
        {notices.length === 0 && <p className={styles['none']}>{text.noNotices}</p>}
        <ul className={styles['list']}>
          {notices.map((notice) => (
            <li key={notice.seq}>
              <UnstyledButton onClick={() => notice.href !== null && go(notice.href)}>
                <Status kind={MARKS[notice.level]}>
                  <strong>{notice.title}</strong>
                </Status>
                <span className={styles['time']}>{moment(notice.at)}</span>
                <p>{notice.text}</p>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}
