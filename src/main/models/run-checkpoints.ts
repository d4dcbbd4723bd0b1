/**
 * Checkpoints of the runs of a workspace. The runs folder comes in; runs with their model and data and
 * one entry per checkpoint with size and scores go out. Files are looked at again only when they changed.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isPlainObject, type Plain, type PlainObject } from '../../shared/merge-slots.ts';
import { evaluationRecord } from '../../shared/protocol/results.ts';
import { type RunRecord, runRecord } from '../../shared/run.ts';
import { readTextFile } from './read-text.ts';
import { StepMetrics } from './step-metrics.ts';
import { summarizeWeights, type WeightSummary } from './weight-files.ts';

const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const MAX_EVALUATION_BYTES = 256 * 1024 * 1024;

export interface Checkpoint {
  readonly step: number;
  readonly path: string;
  readonly bytes: number;
  readonly weights: WeightSummary;
  readonly createdAt: string;
}

export interface RunModels {
  readonly id: string;
  readonly path: string;
  readonly recipe: string;
  /** Path or `starter`. */
  readonly model: string;
  /** Path, or `world`. */
  readonly data: string;
  readonly split: string;
  /** Every slot of its recipe, frozen when it started. */
  readonly slots: PlainObject;
  readonly checkpoints: readonly Checkpoint[];
}

const configSchema = z.looseObject({
  slots: z
    .looseObject({
      model: z.looseObject({ path: z.string().catch('starter') }).catch({ path: 'starter' }),
      data: z
        .looseObject({ source: z.string().catch('world'), split: z.string().catch('') })
        .catch({ source: 'world', split: '' }),
    })
    .optional(),
});

export class RunCheckpoints {
  readonly #folder: string;
  readonly #records = new Map<string, RunRecord>();
  readonly #checkpoints = new Map<string, Checkpoint>();
  readonly #metrics = new Map<string, StepMetrics>();
  readonly #evaluations = new Map<string, number>();

  /** @param folder the runs folder of the workspace; it need not be there */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs with at least a record, newest first. */
  list(): RunModels[] {
    return namesIn(this.#folder)
      .sort()
      .reverse()
      .flatMap((id) => this.run(id) ?? []);
  }

  /** One run; undefined when there is no run of that id, or its record cannot be read. */
  run(id: string): RunModels | undefined {
    const path = join(this.#folder, id);
    const record = this.#record(id, path);
    if (record === undefined) return undefined;
    const { slots } = configSchema.parse(record.config);
    return {
      id,
      path,
      recipe: record.recipe,
      model: slots?.model.path ?? 'starter',
      data: slots?.data.source ?? 'world',
      split: slots?.data.split ?? '',
      slots: plainSlots(record.config['slots']),
      checkpoints: stepsIn(join(path, 'checkpoints')).map(({ step, folder }) =>
        this.#checkpoint(step, folder),
      ),
    };
  }

  /** Metrics of the step, and the accuracy of the last evaluation up to it. */
  scores(run: RunModels, step: number): Readonly<Record<string, number>> {
    const file = join(run.path, 'metrics.jsonl');
    const metrics = this.#metrics.get(file) ?? new StepMetrics(file);
    this.#metrics.set(file, metrics);
    const evaluation = this.#lastEvaluation(run.path, step);
    return {
      ...metrics.at(step),
      ...(evaluation === undefined ? {} : { 'evaluation/accuracy': evaluation }),
    };
  }

  #record(id: string, path: string): RunRecord | undefined {
    const known = this.#records.get(id);
    if (known !== undefined && existsSync(join(path, 'run.json'))) return known;
    try {
      const text = readTextFile(join(path, 'run.json'), MAX_RECORD_BYTES);
      // Frozen at the start of the run: once read, it stays true.
      const record = runRecord.parse(JSON.parse(text));
      this.#records.set(id, record);
      return record;
    } catch {
      this.#records.delete(id);
      return undefined;
    }
  }

  #checkpoint(step: number, folder: string): Checkpoint {
    const createdAt = statSync(folder, { throwIfNoEntry: false })?.mtime.toISOString() ?? '';
    const known = this.#checkpoints.get(folder);
    // A checkpoint appears whole, by a rename: its time is its version.
    if (known?.createdAt === createdAt) return known;
    const checkpoint = {
      step,
      path: folder,
      bytes: bytesIn(folder),
      weights: summarizeWeights(folder),
      createdAt,
    };
    this.#checkpoints.set(folder, checkpoint);
    return checkpoint;
  }

  #lastEvaluation(path: string, step: number): number | undefined {
    const folder = join(path, 'evaluations');
    const last = namesIn(folder)
      .flatMap((name) => {
        const match = /^step-(\d+)\.json$/.exec(name);
        return match === null ? [] : [{ step: Number(match[1]), file: join(folder, name) }];
      })
      .filter((evaluation) => evaluation.step <= step)
      .sort((a, b) => a.step - b.step)
      .at(-1);
    if (last === undefined) return undefined;
    const key = `${last.file} ${statSync(last.file, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;
    const known = this.#evaluations.get(key);
    if (known !== undefined) return known;
    try {
      const text = readTextFile(last.file, MAX_EVALUATION_BYTES);
      const { accuracy } = evaluationRecord.pick({ accuracy: true }).parse(JSON.parse(text));
      this.#evaluations.set(key, accuracy);
      return accuracy;
    } catch {
      return undefined;
    }
  }
}

/** Bytes of all files below a folder; links are not followed. */
export function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of entriesIn(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += bytesIn(path);
    else if (entry.isFile()) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

function plainSlots(slots: unknown): PlainObject {
  // Read from a JSON file: plain data.
  const plain = slots as Plain | undefined;
  return isPlainObject(plain) ? plain : {};
}

function stepsIn(folder: string): { step: number; folder: string }[] {
  return namesIn(folder)
    .flatMap((name) => {
      const match = /^step-(\d+)$/.exec(name);
      return match === null ? [] : [{ step: Number(match[1]), folder: join(folder, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

function namesIn(folder: string): string[] {
  return entriesIn(folder).map(({ name }) => name);
}

function entriesIn(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there (yet), or gone between two looks.
    return [];
  }
}
