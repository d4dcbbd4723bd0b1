/** Jobs of the queue that are going or have ended, newest first: what became of each, and why. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { QueueItem } from '../../../shared/model/run-queue.ts';
import { Status } from '../../parts/chip.tsx';
import { duration, moment } from '../../parts/format.ts';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { statusKind } from '../run/run-state.ts';
import styles from './queue-table.module.css';
import { useQueueActions } from './use-queue-actions.ts';

export function isEnded({ status }: Pick<QueueItem, 'status'>): boolean {
  return status !== 'waiting' && status !== 'blocked' && status !== 'removed';
}

const CAN_RETRY: ReadonlySet<string> = new Set(['failed', 'interrupted', 'cancelled']);

export function EndedTable() {
  const trpc = useTRPC();
  const go = useGo();
  const actions = useQueueActions();
  const items = (useQuery(trpc.runs.queue.queryOptions()).data?.items ?? []).filter(isEnded);
  if (items.length === 0) return <p className={styles['none']}>{text.endedEmpty}</p>;
  return (
    <div className={styles['scroll']}>
      <table className={styles['table']} aria-label={text.ended}>
        <thead>
          <tr>
            <th>{text.queueHead.job}</th>
            <th>{text.queueHead.state}</th>
            <th>{text.queueHead.kind}</th>
            <th>{text.head.started}</th>
            <th data-number>{text.head.time}</th>
            <th>{text.reason}</th>
            <th>
              <span className="visually-hidden">{text.open}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items
            .toSorted((a, b) => (b.startedAt ?? b.createdAt) - (a.startedAt ?? a.createdAt))
            .map((item) => (
              <tr key={item.id}>
                <td className={styles['name']}>
                  <Status kind={statusKind(item.status)}>{item.name}</Status>
                </td>
                <td>{text.states[item.status]}</td>
                <td>{item.plan.kind === 'eval' ? text.evaluate : item.plan.recipe}</td>
                <td>{item.startedAt === null ? '' : moment(item.startedAt)}</td>
                <td data-number>
                  {item.startedAt === null || item.endedAt === null
                    ? ''
                    : duration((item.endedAt - item.startedAt) / 1000)}
                </td>
                <td className={styles['why']} title={item.error?.message ?? item.reason ?? ''}>
                  {item.error?.message ?? item.reason}
                </td>
                <td>
                  <span className={styles['actions']}>
                    {CAN_RETRY.has(item.status) && (
                      <Button variant="subtle" onClick={() => actions.retry(item.id)}>
                        {text.retry}
                      </Button>
                    )}
                    {item.run !== null && (
                      <Button variant="subtle" onClick={() => go(`/runs/${item.run}`)}>
                        {text.open}
                      </Button>
                    )}
                  </span>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
