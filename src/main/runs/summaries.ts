/**
 * Where runs stand, for lists and headers. Comes in: the index, what a person noted, the process that
 * is going. Goes out: summaries and live status; rates and the time left come from the recent steps,
 * so that they are right again as soon as a run goes on.
 */
import { join } from 'node:path';
import type { WireError } from '../../shared/errors.ts';
import type { RunLiveStatus, RunState, RunSummary } from '../../shared/model/app-run.ts';
import type { ActiveRun } from './active-run.ts';
import type { IndexedRun, RecentStep } from './index/run-store.ts';
import type { Latest } from './latest-cache.ts';
import { lockHolder } from './run-lock.ts';
import type { RunNote } from './run-notes.ts';

export type Scalar = string | number | boolean | null;

/** Steps a rate is the median of. */
const RATE_STEPS = 16;

const ENDED: Readonly<Record<string, RunState>> = {
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  // And was not started again, or its error would be an older one.
  crashed: 'failed',
};

export interface SummaryParts {
  readonly run: IndexedRun;
  readonly note: RunNote;
  readonly active: ActiveRun | undefined;
  readonly latest: Latest;
  readonly params: readonly string[];
  /** Folder of run folders. */
  readonly folder: string;
}

export function stateOf(run: IndexedRun, active: ActiveRun | undefined, folder: string): RunState {
  if (active !== undefined) return active.state;
  const ended = run.endKind === null ? undefined : ENDED[run.endKind];
  if (ended !== undefined) return ended;
  // Written by another process: the command line, or an engine whose app was killed.
  if (lockHolder(join(folder, run.id)) === undefined) return 'interrupted';
  return run.endKind === 'paused' ? 'paused' : 'running';
}

export function summarise(parts: SummaryParts): RunSummary {
  const { run, note, active, latest, params, folder } = parts;
  const status = stateOf(run, active, folder);
  const slots = slotsOf(run);
  const isOver = ['finished', 'failed', 'cancelled', 'interrupted'].includes(status);
  return {
    id: run.id,
    name: note.name,
    recipe: run.record.recipe,
    shape: shapeOf(slots),
    status,
    step: run.step,
    steps: run.steps,
    createdAt: run.createdAt,
    startedAt: run.startedAt ?? run.createdAt,
    endedAt: isOver ? (run.endAt ?? run.lastAt) : null,
    ...ratesOf(run, isOver),
    model: textAt(slots, 'model.path') ?? 'starter',
    data: textAt(slots, 'data.source') ?? 'world',
    parent: note.parent,
    tags: [...note.tags],
    note: note.note,
    isArchived: note.isArchived,
    latest,
    params: Object.fromEntries(params.map((path) => [path, scalarAt(slots, path)])),
    item: note.item,
    canResume: isOver && status !== 'finished' && typeof run.record.config['recipe'] === 'string',
    error: errorOf(run, status),
  };
}

export function liveStatus(
  run: IndexedRun,
  active: ActiveRun | undefined,
  latest: Latest,
  folder: string,
): RunLiveStatus {
  const status = stateOf(run, active, folder);
  const stage = active?.stage ?? null;
  const isOver = !['starting', 'running', 'paused', 'stopping'].includes(status);
  return {
    status,
    step: run.step,
    steps: run.steps,
    ...ratesOf(run, isOver),
    stage: stage?.name ?? null,
    stageDone: stage?.done ?? 0,
    stageTotal: stage?.total ?? 0,
    latest,
    heardAt: active?.heardAt ?? run.lastAt,
    restarts: active?.restarts ?? 0,
    error: errorOf(run, status),
  };
}

function ratesOf(
  run: IndexedRun,
  isOver: boolean,
): Pick<RunSummary, 'secondsPerStep' | 'etaSeconds' | 'tokensPerSecond'> {
  const recent = run.recent.slice(-RATE_STEPS);
  const secondsPerStep = medianSeconds(recent);
  const left = run.steps === null ? null : Math.max(0, run.steps - run.step);
  const ms = recent.reduce((sum, step) => sum + step.ms, 0);
  const tokens = recent.reduce((sum, step) => sum + step.tokens, 0);
  return {
    secondsPerStep,
    etaSeconds: isOver || left === null || secondsPerStep === null ? null : left * secondsPerStep,
    tokensPerSecond: ms > 0 && tokens > 0 ? (tokens / ms) * 1000 : null,
  };
}

/** A step that waited (for a checkpoint, an evaluation, a model to load) does not move a median. */
function medianSeconds(recent: readonly RecentStep[]): number | null {
  if (recent.length === 0) return null;
  const sorted = recent.map(({ ms }) => ms).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  const low = sorted.length % 2 === 1 ? high : (sorted[middle - 1] ?? high);
  return (low + high) / 2000;
}

function errorOf(run: IndexedRun, status: RunState): WireError | null {
  if (status !== 'failed' || run.endData === null) return null;
  const { code, message } = run.endData;
  if (typeof code !== 'string' || typeof message !== 'string') return null;
  // Written by LabError: the code is one of ours.
  return { code: code as WireError['code'], message };
}

function slotsOf(run: IndexedRun): unknown {
  return run.record.config['slots'];
}

function shapeOf(slots: unknown): string | null {
  const kind = scalarAt(slots, 'objective.kind');
  if (kind === 'policy') return 'online-rl';
  return typeof kind === 'string' ? kind : null;
}

function textAt(slots: unknown, path: string): string | undefined {
  const value = scalarAt(slots, path);
  return typeof value === 'string' ? value : undefined;
}

/** The field at a dotted path; null where there is none, JSON for what is no single value. */
export function scalarAt(slots: unknown, path: string): Scalar {
  let at: unknown = slots;
  for (const key of path.split('.')) {
    // Parsed JSON: own properties only.
    const isObject = typeof at === 'object' && at !== null && Object.hasOwn(at, key);
    at = isObject ? (at as Record<string, unknown>)[key] : undefined;
  }
  if (at === undefined || at === null) return null;
  if (typeof at === 'object') return JSON.stringify(at);
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? at : null;
}

/** Dotted paths of every single value in the configuration of a run. */
export function paramPaths(slots: unknown, prefix = ''): string[] {
  if (typeof slots !== 'object' || slots === null || Array.isArray(slots)) {
    return prefix === '' ? [] : [prefix];
  }
  return Object.entries(slots).flatMap(([key, value]) =>
    paramPaths(value, prefix === '' ? key : `${prefix}.${key}`),
  );
}
