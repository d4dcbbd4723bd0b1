/**
 * Evaluations a run made while it trained: evaluations/step-N.json into the index, without the single
 * answers. Comes in: a run and its folder. Goes out: whether a file was new.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationResult } from '../../../shared/model/app-run.ts';
import { evaluationRecord } from '../../../shared/protocol/results.ts';
import type { Database } from '../../storage/database.ts';
import { listSteps } from '../run-files.ts';
import type { IndexedRun } from './run-store.ts';

export function readEvaluations(run: IndexedRun, folder: string, db: Database): boolean {
  const known = db
    .prepare<[number], { step: number; mtime: number }>(
      'SELECT step, mtime FROM evaluation WHERE rid = ?',
    )
    .all(run.rid);
  const seen = new Map(known.map(({ step, mtime }) => [step, mtime]));
  let isNew = false;
  for (const { step, path } of listSteps(join(folder, 'evaluations'), '.json')) {
    const mtime = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtime === undefined || seen.get(step) === mtime) continue;
    const result = readOne(run.id, path);
    if (result === undefined) continue;
    db.prepare(
      'INSERT OR REPLACE INTO evaluation (rid, step, mtime, data) VALUES (?, ?, ?, ?)',
    ).run(run.rid, step, mtime, JSON.stringify(result));
    isNew = true;
  }
  return isNew;
}

/** Results of one run, oldest first. */
export function evaluationsOf(rid: number, db: Database): EvaluationResult[] {
  return (
    db
      .prepare<[number], { data: string }>(
        'SELECT data FROM evaluation WHERE rid = ? ORDER BY step',
      )
      .all(rid)
      // Written by readEvaluations above.
      .map(({ data }) => JSON.parse(data) as EvaluationResult)
  );
}

function readOne(run: string, path: string): EvaluationResult | undefined {
  try {
    const record = evaluationRecord.parse(JSON.parse(readFileSync(path, 'utf8')));
    const { step, at, n, accuracy, ci95, slices } = record;
    return {
      id: `${run}/${step}`,
      item: null,
      run,
      step,
      model: `${run}, step ${step}`,
      at: Date.parse(at),
      n,
      accuracy,
      ci95,
      split: 'held out',
      slices,
    };
  } catch {
    // Half a file of another version says nothing.
    return undefined;
  }
}
