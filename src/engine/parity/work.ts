/**
 * A parity case made ready: its rows packed, ways back to the padded batch of the fixture, and the
 * supervised pass every gradient check runs.
 */
import { unpackWeights } from '../models/qwen2-5-vl/weights.ts';
import type { Learner } from '../policy/learner.ts';
import { type Packed, packTrees } from '../policy/pack.ts';
import type { ScoreRequest } from '../policy/pass.ts';
import type { Policy } from '../policy/policy.ts';
import type { PromptTree } from '../policy/tree.ts';
import type { Tolerance } from './difference.ts';
import type { CaseRow, CaseTensors } from './fixture.ts';

export const LOGITS: Tolerance = { abs: 1e-4 };
export const GRADIENTS: Tolerance = { rel: 1e-4 };

export interface Work {
  readonly rows: readonly CaseRow[];
  readonly trees: readonly PromptTree[];
  readonly packed: Packed;
  /** Columns of the padded batch. */
  readonly width: number;
}

export function prepare(policy: Policy, tensors: CaseTensors): Work {
  const rows = tensors.rows(policy.config);
  const trees = rows.map((row) => ({
    prompt: { ids: row.ids, visuals: row.visuals },
    branches: [],
  }));
  return {
    rows,
    trees,
    packed: packTrees(policy.config, trees),
    width: tensors.get('input_ids').shape[1] ?? 0,
  };
}

/** Spreads packed rows [N, C] over the padded batch [B, S, C]; padding stays 0. */
export function padded(work: Work, values: Float32Array, columns: number): Float32Array {
  const out = new Float32Array(work.rows.length * work.width * columns);
  work.rows.forEach((row, b) => {
    const start = (work.packed.trees[b]?.promptStart ?? 0) * columns;
    out.set(
      values.subarray(start, start + row.ids.length * columns),
      (b * work.width + row.from) * columns,
    );
  });
  return out;
}

/** Whether a padded position holds a real token, for compare's `keep`. */
export function isReal(
  work: Work,
  columns: number,
  ahead = 0,
  width = work.width,
): (index: number) => boolean {
  return (index) => {
    const position = Math.floor(index / columns);
    const row = work.rows[Math.floor(position / width)];
    const column = position % width;
    return row !== undefined && column >= row.from && column + ahead < row.from + row.ids.length;
  };
}

/** Rows that predict a scored label, weights of the mean over all scored tokens. */
function labelRequest(work: Work): { readonly request: ScoreRequest; readonly weight: number } {
  const index: number[] = [];
  const targets: number[] = [];
  work.rows.forEach((row, b) => {
    const start = work.packed.trees[b]?.promptStart ?? 0;
    row.labels.forEach((label, i) => {
      if (label === -100 || i === 0) return;
      index.push(start + i - 1);
      targets.push(label);
    });
  });
  return {
    request: { index: Int32Array.from(index), targets: Int32Array.from(targets), temperature: 1 },
    weight: 1 / index.length,
  };
}

export async function supervised(learner: Learner, work: Work): Promise<number> {
  const { request, weight } = labelRequest(work);
  const logprob = new Float32Array(request.index.length).fill(-weight);
  const scores = await learner.accumulate(work.packed, request, () => ({ logprob }));
  return -scores.logprobs.reduce((sum, value) => sum + value, 0) * weight;
}

export function readGradients(policy: Policy, learner: Learner) {
  return unpackWeights(
    policy.config,
    new Map(
      policy.trainable.map((name) => [
        name,
        { shape: policy.param(name).shape, data: learner.gradients.read(name) },
      ]),
    ),
  );
}

export function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}
