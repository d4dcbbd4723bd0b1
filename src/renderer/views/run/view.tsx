/** The page of one run, going or ended: head, health, charts, inspector, drawer; the list on the left. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { HealthSignal, RunSummary } from '../../../shared/model/app-run.ts';
import { useCommands } from '../../commands/registry.ts';
import { PaneFoot } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { StatusKeys } from '../../parts/status-keys.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, usePathParam } from '../../shell/location.ts';
import { text } from '../../strings/run.ts';
import { text as runsText } from '../../strings/runs.ts';
import { RunFacts } from '../runs/run-facts.tsx';
import { RunsPane } from '../runs/runs-pane.tsx';
import { ChangeForm } from './change-form.tsx';
import { ChartGrid } from './chart-grid.tsx';
import { eventLines } from './event-marks.ts';
import { AlarmBar, HealthStrip } from './health-strip.tsx';
import { useRunEvents, useRunLive, useRunSummary, withLive } from './queries.ts';
import { rolloutsDoor } from './rollouts-door.ts';
import { type DrawerTab, RunDrawer } from './run-drawer.tsx';
import { AnswerBar, RunHead } from './run-head.tsx';
import { RunInspector } from './run-inspector.tsx';
import { isGoing } from './run-state.ts';
import { RunTrouble } from './run-trouble.tsx';
import { changesOf, klWeightOf } from './safe-changes.ts';
import { type RunActions, useRunActions } from './use-run-actions.ts';
import styles from './view.module.css';

/** One list for all renders, so that what is drawn from it is not drawn again. */
const NO_SIGNALS: readonly HealthSignal[] = [];

export function View() {
  const id = usePathParam('id');
  const summary = useRunSummary(id);
  useBreadcrumb([{ title: summary.data?.name ?? id }]);
  if (summary.data === undefined) {
    return (
      <Panes id="run" list={<RunsPane selected={id} />} labels={{ list: runsText.list }}>
        {summary.error === null ? (
          <LoadingRows label={runsText.title} />
        ) : (
          <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />
        )}
      </Panes>
    );
  }
  // A new page for a new run: nothing of the one before it stays.
  return <RunPage key={id} summary={summary.data} />;
}

function RunPage({ summary }: { readonly summary: RunSummary }) {
  const trpc = useTRPC();
  const live = useRunLive(summary.id);
  const run = withLive(summary, live);
  const actions = useRunActions(run.id);
  const events = useRunEvents(run.id).data;
  const lines = useMemo(() => eventLines(events ?? []), [events]);
  const catalog = useQuery(trpc.runs.catalog.queryOptions({ run: run.id }, OWN_LIVE)).data;
  const signals =
    useQuery(trpc.runs.health.queryOptions({ run: run.id }, OWN_LIVE)).data ?? NO_SIGNALS;
  const config = useQuery(trpc.runs.config.queryOptions({ run: run.id }, OWN_LIVE)).data;
  const [tab, setTab] = useState<DrawerTab>('queue');
  const [hidden, setHidden] = useState<string | null>(null);
  const isLive = isGoing(run.status);
  useRunCommands(run, actions);
  return (
    <Panes
      id="run"
      drawerHeight={136}
      labels={{ list: runsText.list, inspector: text.inspector, drawer: text.drawer }}
      list={
        <RunsPane selected={run.id} facts={<RunFacts run={run} />}>
          {isLive && (
            <PaneFoot>
              <ChangeForm
                run={run}
                changed={changesOf(events ?? [])}
                klWeight={klWeightOf(config?.config)}
                actions={actions}
              />
            </PaneFoot>
          )}
        </RunsPane>
      }
      inspector={
        <RunInspector
          run={run.id}
          step={run.step}
          secondsPerStep={run.secondsPerStep}
          hasRollouts={run.shape === 'online-rl' || run.shape === null}
          events={lines}
        />
      }
      drawer={<RunDrawer run={run.id} tab={tab} onTab={setTab} />}
    >
      <StatusKeys hints={isLive ? text.keysLive : text.keysEnded} />
      <RunHead run={run} live={live} actions={actions} />
      <AnswerBar actions={actions} />
      <RunTrouble run={run} actions={actions} onLog={() => setTab('log')} />
      <div className={styles['body']}>
        <HealthStrip run={run.id} signals={signals} />
        <AlarmBar run={run.id} signals={signals} hidden={hidden} onHide={setHidden} />
        {catalog === undefined ? (
          <LoadingRows label={text.noMetrics} />
        ) : (
          <ChartGrid
            run={run.id}
            shape={run.shape ?? 'other'}
            catalog={catalog}
            signals={signals}
            events={lines}
          />
        )}
      </div>
    </Panes>
  );
}

function useRunCommands(run: RunSummary, actions: RunActions): void {
  const go = useGo();
  const { id, name, status, canResume } = run;
  const isLive = isGoing(status);
  const { control, pause, resume, stop } = actions;
  const isPaused = status === 'paused';
  const commands = useMemo(() => {
    const blocked = isLive ? undefined : text.notRunning;
    const group = text.group;
    return [
      {
        id: 'run.save-now',
        title: text.saveNow,
        group,
        keys: ['S'],
        blocked,
        run: () => control({ kind: 'checkpoint-now' }),
      },
      {
        id: 'run.evaluate-now',
        title: text.evaluateNow,
        group,
        keys: ['E'],
        blocked,
        run: () => control({ kind: 'evaluate-now' }),
      },
      {
        id: 'run.pause',
        title: isPaused ? text.goOn : text.pause,
        group,
        keys: ['P'],
        blocked,
        run: isPaused ? resume : pause,
      },
      { id: 'run.stop', title: text.stopSave, group, blocked, run: stop },
      {
        id: 'run.resume',
        title: text.resume,
        group,
        cli: `rationale run resume ${id}`,
        blocked: !isLive && canResume ? undefined : name,
        run: resume,
      },
      {
        id: 'run.rollouts',
        title: text.openNewest,
        group,
        keys: ['O'],
        run: () => {
          const door = rolloutsDoor(id);
          go(door.path, { search: door.search });
        },
      },
    ];
  }, [id, name, isLive, isPaused, canResume, control, pause, resume, stop, go]);
  useCommands(commands);
}
