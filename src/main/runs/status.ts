/** The runs room in the status bar: the queue, what is wrong with the active run, its process. */
import type { HealthSignal } from '../../shared/model/app-run.ts';
import type { QueueItem } from '../../shared/model/run-queue.ts';
import type { Alarm, QueueStatus } from '../../shared/model/system.ts';
import type { EngineProcess } from '../workspace/engine-processes.ts';
import { ActiveRun } from './active-run.ts';
import type { IndexedRun } from './index/run-store.ts';
import type { ActiveEval } from './queue/active-eval.ts';
import { liveStatus } from './summaries.ts';

/** An item of the queue that was started and has not ended. */
export interface GoingItem {
  readonly item: QueueItem;
  readonly run: IndexedRun | undefined;
  readonly active: ActiveRun | ActiveEval | undefined;
  /** Folder of run folders. */
  readonly folder: string;
}

export interface RunsStatus {
  readonly queue: QueueStatus;
  readonly alarms: Alarm[];
  readonly processes: EngineProcess[];
}

export function queueStatusOf(
  going: GoingItem | undefined,
  { waiting, isRunning }: { readonly waiting: number; readonly isRunning: boolean },
): QueueStatus {
  return {
    waiting,
    isPaused: !isRunning,
    running: going === undefined ? null : runningOf(going),
  };
}

function runningOf({ item, run, active, folder }: GoingItem): QueueStatus['running'] {
  const training = active instanceof ActiveRun ? active : undefined;
  const live = run === undefined ? undefined : liveStatus(run, training, {}, folder);
  return {
    id: item.run ?? item.id,
    name: item.name,
    step: live?.step ?? active?.stage?.done ?? 0,
    steps: live?.steps ?? active?.stage?.total ?? null,
    etaSeconds: live?.etaSeconds ?? null,
  };
}

export function alarmsOf(run: string, signals: readonly HealthSignal[]): Alarm[] {
  return signals.flatMap(({ state, finding }): Alarm[] =>
    state === 'warn' || state === 'bad'
      ? [{ room: 'runs', severity: state, title: finding, href: `/runs/${run}` }]
      : [],
  );
}

export function processesOf(going: GoingItem | undefined): EngineProcess[] {
  if (going?.active === undefined) return [];
  const { active } = going;
  return [
    {
      state: active.state === 'starting' ? 'starting' : 'busy',
      job: active instanceof ActiveRun ? 'training' : 'evaluating',
      pid: active.pid,
    },
  ];
}
