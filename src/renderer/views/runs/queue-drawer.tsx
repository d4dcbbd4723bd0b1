/** Below the table of runs: what waits, what became of jobs, and what evaluations found. */
import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import drawer from '../../parts/drawer.module.css';
import { count } from '../../parts/format.ts';
import { useTRPC } from '../../rpc/client.ts';
import { useSearchValues } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { EndedTable, isEnded } from './ended-table.tsx';
import { EvaluationsTable } from './evaluations-table.tsx';

import { isQueued, QueueSummary, QueueTable } from './queue-table.tsx';

export function QueueDrawer() {
  const trpc = useTRPC();
  const [{ queued }] = useSearchValues();
  const [tab, setTab] = useState<string | null>('queue');
  const items = useQuery(trpc.runs.queue.queryOptions()).data?.items ?? [];
  const evaluations = useQuery(trpc.runs.evaluations.queryOptions({})).data;
  return (
    <Tabs value={tab} onChange={setTab} className={drawer['tabs'] ?? ''}>
      <div className={drawer['bar']}>
        <Tabs.List className={drawer['list'] ?? ''}>
          <Tabs.Tab value="queue">
            {text.queue} <Count of={items.filter(isQueued).length} />
          </Tabs.Tab>
          <Tabs.Tab value="ended">
            {text.ended} <Count of={items.filter(isEnded).length} />
          </Tabs.Tab>
          <Tabs.Tab value="evaluations">
            {text.evaluations} <Count of={evaluations?.length ?? 0} />
          </Tabs.Tab>
        </Tabs.List>
        <span className={drawer['summary']}>
          <QueueSummary />
        </span>
      </div>
      <Tabs.Panel value="queue" className={drawer['panel'] ?? ''}>
        <QueueTable {...(typeof queued === 'string' ? { selected: queued } : {})} />
      </Tabs.Panel>
      <Tabs.Panel value="ended" className={drawer['panel'] ?? ''}>
        <EndedTable />
      </Tabs.Panel>
      <Tabs.Panel value="evaluations" className={drawer['panel'] ?? ''}>
        <EvaluationsTable />
      </Tabs.Panel>
    </Tabs>
  );
}

function Count({ of }: { readonly of: number }) {
  return <span className={drawer['count']}>{count(of)}</span>;
}
