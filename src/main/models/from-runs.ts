/** What the models room asks of the runs room: names, and which runs are being written. */
import type { RunState, RunSummary } from '../../shared/model/app-run.ts';

interface RunList {
  list(options: { params: string[]; isArchivedShown: boolean }): readonly RunSummary[];
}

export interface RunFacts {
  readonly runName: (id: string) => string | undefined;
  /** Name of the run that trains now. */
  readonly training: () => string | undefined;
  readonly isBusy: (id: string) => boolean;
}

const BUSY: ReadonlySet<RunState> = new Set([
  'waiting',
  'starting',
  'running',
  'paused',
  'stopping',
]);
/** A list of models asks once per checkpoint: one look at the runs answers all of it. */
const FRESH_MS = 200;

export function runFacts(runs: RunList): RunFacts {
  let looked = { at: Number.NEGATIVE_INFINITY, byId: new Map<string, RunSummary>() };
  const all = (): Map<string, RunSummary> => {
    const now = performance.now();
    if (now - looked.at > FRESH_MS) {
      const list = runs.list({ params: [], isArchivedShown: true });
      looked = { at: now, byId: new Map(list.map((run) => [run.id, run])) };
    }
    return looked.byId;
  };
  return {
    runName: (id) => all().get(id)?.name,
    training: () => [...all().values()].find(({ status }) => status === 'running')?.name,
    isBusy: (id) => BUSY.has(all().get(id)?.status ?? 'finished'),
  };
}
