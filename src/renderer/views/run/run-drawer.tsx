/** Under the charts: the queue, what the engine wrote, what is kept, the frozen configuration. */
import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo, useEffect, useRef } from 'react';
import drawer from '../../parts/drawer.module.css';
import { bytes, count, moment } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';
import { useGo } from '../../shell/location.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/run.ts';
import { text as runsText } from '../../strings/runs.ts';
import { EvaluationsTable } from '../runs/evaluations-table.tsx';
import { QueueSummary, QueueTable } from '../runs/queue-table.tsx';
import styles from './run-drawer.module.css';

export type DrawerTab = 'queue' | 'log' | 'checkpoints' | 'evaluations' | 'config';

export const RunDrawer = memo(function RunDrawer(props: {
  readonly run: string;
  readonly tab: DrawerTab;
  readonly onTab: (tab: DrawerTab) => void;
}) {
  const { run, tab } = props;
  const trpc = useTRPC();
  const queue = useQuery(trpc.runs.queue.queryOptions());
  const checkpoints = useQuery(trpc.runs.checkpoints.queryOptions({ run }, OWN_LIVE));
  const waiting = queue.data?.items.filter(
    ({ status }) => status === 'waiting' || status === 'blocked',
  );
  return (
    <Tabs
      value={tab}
      onChange={(next) => props.onTab((next ?? 'queue') as DrawerTab)} // values of the tabs below
      className={drawer['tabs'] ?? ''}
    >
      <div className={drawer['bar']}>
        <Tabs.List className={drawer['list'] ?? ''}>
          <Tabs.Tab value="queue">
            {text.queue} <Count of={waiting?.length} />
          </Tabs.Tab>
          <Tabs.Tab value="log">{text.log200}</Tabs.Tab>
          <Tabs.Tab value="checkpoints">
            {text.checkpoints} <Count of={checkpoints.data?.length} />
          </Tabs.Tab>
          <Tabs.Tab value="evaluations">{runsText.evaluations}</Tabs.Tab>
          <Tabs.Tab value="config">{text.config}</Tabs.Tab>
        </Tabs.List>
        <span className={drawer['summary']}>{tab === 'queue' && <QueueSummary />}</span>
      </div>
      <Tabs.Panel value="queue" className={drawer['panel'] ?? ''}>
        <QueueTable />
      </Tabs.Panel>
      <Tabs.Panel value="log" className={drawer['panel'] ?? ''}>
        <Log run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="checkpoints" className={drawer['panel'] ?? ''}>
        <Checkpoints run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="evaluations" className={drawer['panel'] ?? ''}>
        <EvaluationsTable run={run} />
      </Tabs.Panel>
      <Tabs.Panel value="config" className={drawer['panel'] ?? ''}>
        <Config run={run} />
      </Tabs.Panel>
    </Tabs>
  );
});

function Count({ of }: { readonly of: number | undefined }) {
  return of === undefined ? null : <span className={drawer['count']}>{count(of)}</span>;
}

function Log({ run }: { readonly run: string }) {
  const trpc = useTRPC();
  const log = useQuery(trpc.runs.log.queryOptions({ run }));
  const end = useRef<HTMLPreElement>(null);
  const lines = log.data?.lines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines scroll to the end.
  useEffect(() => end.current?.scrollTo({ top: end.current.scrollHeight }), [lines]);
  if (log.error !== null) return <ErrorState error={log.error} />;
  if (lines === undefined) return <LoadingRows label={text.log200} rows={4} />;
  if (lines.length === 0) return <p className={styles['none']}>{text.noLog}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard.
    <pre className={styles['log']} ref={end} tabIndex={0} role="log" aria-label={text.log200}>
      {lines.join('\n')}
    </pre>
  );
}

function Checkpoints({ run }: { readonly run: string }) {
  const trpc = useTRPC();
  const go = useGo();
  const { data, error } = useQuery(trpc.runs.checkpoints.queryOptions({ run }, OWN_LIVE));
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <LoadingRows label={text.checkpoints} rows={4} />;
  if (data.length === 0) return <p className={styles['none']}>{text.noCheckpoints}</p>;
  return (
    <div className={styles['scroll']}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th data-number>{text.checkpointStep}</th>
            <th>{text.checkpointSaved}</th>
            <th data-number>{text.checkpointSize}</th>
            <th>{text.checkpointKind}</th>
            <th>{text.checkpointPath}</th>
            <th>
              <span className="visually-hidden">{text.doors}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.toReversed().map((checkpoint) => (
            <tr key={checkpoint.step}>
              <td data-number>{count(checkpoint.step)}</td>
              <td>{moment(checkpoint.at)}</td>
              <td data-number>{bytes(checkpoint.bytes)}</td>
              <td>{checkpoint.isAdapter ? text.adapter : text.full}</td>
              <td className={`${styles['path']} mono`} title={checkpoint.path}>
                {checkpoint.path}
              </td>
              <td>
                <Button
                  variant="subtle"
                  onClick={() =>
                    go('/chat', { search: { model: `run:${run}:${checkpoint.step}` } })
                  }
                >
                  {text.chat}
                </Button>
                <Button
                  variant="subtle"
                  onClick={() => go('/runs/new', { search: { model: checkpoint.path } })}
                >
                  {text.newRunFrom}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Config({ run }: { readonly run: string }) {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.runs.config.queryOptions({ run }, OWN_LIVE));
  if (error !== null) return <ErrorState error={error} />;
  if (data === undefined) return <LoadingRows label={text.config} rows={4} />;
  return (
    <>
      <div className={styles['config']}>
        <span>{text.frozen(data.hash.slice(0, 12))}</span>
        <span className="mono">{data.path}</span>
        <Button
          variant="subtle"
          leftSection={<Icon name="copy" />}
          onClick={() => {
            void navigator.clipboard.writeText(data.yaml);
            say(text.copied);
          }}
        >
          {text.copyYaml}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <pre className={styles['log']} tabIndex={0} role="region" aria-label={text.config}>
        {data.yaml}
      </pre>
    </>
  );
}
