/**
 * Reading runs without a lock, also while one is being written: a base folder and an id come in,
 * records, events, metrics, rollouts and checkpoints go out. A torn last line is not there yet.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { jsonObject } from '../../shared/json.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import {
  type MetricRow,
  metricRow,
  type RunEvent,
  type RunRecord,
  type RunStatus,
  runEvent,
  runRecord,
} from '../../shared/run.ts';
import { readJsonFile } from '../files/json-file.ts';
import { readJsonLines } from './json-lines.ts';
import { isLocked } from './lock.ts';

export interface RunOverview {
  readonly record: RunRecord;
  readonly path: string;
  readonly status: RunStatus;
  /** Last step with metrics, 0 before the first. */
  readonly step: number;
}

export interface StepFile {
  readonly step: number;
  readonly path: string;
}

/** `step-000012`; sorts as text. */
export function stepName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** @throws LabError `run/missing` (no run.json), `file/corrupt`. */
export function readRunRecord(path: string): RunRecord {
  const file = join(path, 'run.json');
  if (!existsSync(file)) {
    throw new LabError('run/missing', `[run] expected a run in ${path}, found no run.json`, {
      hint: 'rationale run list shows the runs there are.',
    });
  }
  return parseOrThrow(runRecord, readJsonFile(file), { code: 'file/corrupt', what: file });
}

/** Events in order. @throws LabError `file/corrupt`. */
export function readEvents(path: string): RunEvent[] {
  return readRows(path, 'events.jsonl', runEvent);
}

/** One row per step, in order; of several rows of one step each metric counts as last seen. */
export function readMetrics(path: string): MetricRow[] {
  const steps = new Map<number, MetricRow>();
  for (const row of readRows(path, 'metrics.jsonl', metricRow)) {
    const values = { ...steps.get(row.step)?.values, ...row.values };
    steps.set(row.step, { ...row, values });
  }
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

/** Rollout files, oldest first. */
export function listRollouts(path: string): StepFile[] {
  return listSteps(join(path, 'rollouts'), /^step-(\d+)\.jsonl$/);
}

/** The completions of one rollout file, each a JSON object of the loop's making. */
export function readRollouts(file: StepFile): Record<string, unknown>[] {
  return parseOrThrow(z.array(jsonObject), readJsonLines(file.path), {
    code: 'file/corrupt',
    what: file.path,
  });
}

/** Complete checkpoints, oldest first. */
export function listCheckpoints(path: string): StepFile[] {
  return listSteps(join(path, 'checkpoints'), /^step-(\d+)$/);
}

/**
 * Paths of all runs below `base`, oldest first; folders that are no runs, or not yet, are left out.
 * @throws LabError `file/missing` when `base` is no folder; one that is not there yet has no runs.
 */
export function listRunPaths(base: string): string[] {
  return runNames(base).map((name) => join(base, name));
}

/** @throws LabError `run/missing`, `file/corrupt`. */
export function inspectRun(path: string): RunOverview {
  const record = readRunRecord(path);
  return { record, path, status: readStatus(path), step: readMetrics(path).at(-1)?.step ?? 0 };
}

/**
 * Full id of a run from the id itself, a unique beginning of it, or `latest`.
 * @throws LabError `run/missing` when none or several match.
 */
export function resolveRunId(base: string, id: string): string {
  const names = runNames(base);
  if (names.includes(id)) return id;
  const matches = id === 'latest' ? names.slice(-1) : names.filter((name) => name.startsWith(id));
  const [match, ...others] = matches;
  if (match !== undefined && others.length === 0) return match;
  const problem = match === undefined ? 'no run' : `${matches.length} runs`;
  throw new LabError('run/missing', `[run] ${problem} in ${base} match '${id}'`, {
    hint:
      match === undefined
        ? 'rationale run list shows the runs there are; --runs DIR looks elsewhere.'
        : `Write more of the id: ${matches.slice(0, 3).join(', ')}.`,
  });
}

function runNames(base: string): string[] {
  const info = statSync(base, { throwIfNoEntry: false });
  if (info === undefined) return [];
  if (!info.isDirectory()) throw new LabError('file/missing', `[run] ${base} is no folder`);
  return readdirSync(base)
    .filter((name) => existsSync(join(base, name, 'run.json')))
    .sort();
}

function readStatus(path: string): RunStatus {
  if (isLocked(path)) return 'running';
  const end = readEvents(path).findLast(({ kind }) =>
    ['finished', 'failed', 'cancelled', 'started', 'resumed'].includes(kind),
  );
  if (end?.kind === 'finished' || end?.kind === 'failed' || end?.kind === 'cancelled') {
    return end.kind;
  }
  return 'interrupted';
}

function readRows<S extends z.ZodType>(path: string, name: string, schema: S): z.output<S>[] {
  const file = join(path, name);
  return parseOrThrow(z.array(schema), readJsonLines(file), { code: 'file/corrupt', what: file });
}

function listSteps(folder: string, pattern: RegExp): StepFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match ? [{ step: Number(match[1]), path: join(folder, name) }] : [];
    })
    .sort((a, b) => a.step - b.step);
}
