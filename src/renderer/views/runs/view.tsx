/** All runs of the workspace: a table to sort, filter and compare, the queue below it. */
import { Button } from '@mantine/core';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState } from '../../parts/states.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { RunsPane } from './runs-pane.tsx';

export function View() {
  const go = useGo();
  return (
    <Panes id="runs" list={<RunsPane />} labels={{ list: text.list, drawer: text.drawer }}>
      <EmptyState
        title={text.emptyTitle}
        actions={<Button onClick={() => go('/runs/new')}>{text.newRun}</Button>}
      >
        {text.emptyText}
      </EmptyState>
    </Panes>
  );
}
