/**
 * The likeliest tokens at chosen rows: hidden states in, a few (token, log-probability) pairs per row
 * out. The device gives the logits of those rows; the few are picked here.
 */
import type { Step } from '../runtime/program.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Arena } from './arena.ts';
import { packTrees } from './pack.ts';
import { boundWeights, distinctRows, filled, ScorePass, type Scores } from './pass.ts';
import type { Policy } from './policy.ts';
import { scoreBranches, trimBranches } from './score.ts';
import type { PromptTree } from './tree.ts';

export interface Alternative {
  readonly id: number;
  /** Nats, of softmax(logits / temperature). */
  readonly logprob: number;
}

/** Logits held at a time. */
const MAX_LOGITS_BYTES = 64 * 2 ** 20;

/** Binds the logits [M, V] of rows of `h`. */
export function bindLogits(
  policy: Policy,
  arena: Arena,
  h: Tensor,
  index: Int32Array,
): { readonly step: Step; readonly logits: Tensor } {
  const stage = policy.logitsStage();
  const applied = stage.block.forward(arena, {
    h,
    index: filled(policy, arena, { dtype: 'i32', shape: [index.length], data: index }),
    ...boundWeights(policy, stage),
  });
  const { logits } = applied.outputs;
  if (logits === undefined) throw new RangeError('the head has no logits');
  return { step: applied.step, logits };
}

/** The `count` likeliest tokens of every row of logits [M, V], the likeliest first. */
export function topOf(
  logits: Float32Array,
  width: number,
  { count, temperature }: { readonly count: number; readonly temperature: number },
): Alternative[][] {
  return Array.from({ length: logits.length / width }, (_, row) =>
    topOfRow(logits.subarray(row * width, (row + 1) * width), count, temperature),
  );
}

function topOfRow(row: Float32Array, count: number, temperature: number): Alternative[] {
  const best: number[] = [];
  for (let id = 0; id < row.length; id++) {
    const value = row[id] ?? 0;
    if (best.length === count && value <= (row[best.at(-1) ?? 0] ?? 0)) continue;
    let at = best.length;
    while (at > 0 && value > (row[best[at - 1] ?? 0] ?? 0)) at--;
    best.splice(at, 0, id);
    if (best.length > count) best.pop();
  }
  const peak = row[best[0] ?? 0] ?? 0;
  let total = 0;
  for (const value of row) total += Math.exp((value - peak) / temperature);
  const lse = Math.log(total);
  return best.map((id) => ({ id, logprob: ((row[id] ?? 0) - peak) / temperature - lse }));
}

export interface BranchAlternatives extends Scores {
  /** By token of the branch; empty where not asked for. */
  readonly top: readonly (readonly Alternative[])[];
}

export interface AlternativesRequest {
  readonly temperature: number;
  readonly count: number;
  /** Tokens of every branch whose alternatives are wanted; undefined = all. */
  readonly at: readonly number[] | undefined;
}

/** Scores of every branch of one tree, with alternatives. */
export async function scoreWithAlternatives(
  policy: Policy,
  tree: PromptTree,
  { temperature, count, at }: AlternativesRequest,
): Promise<BranchAlternatives[]> {
  const packed = packTrees(policy.config, trimBranches([tree]));
  const branches = scoreBranches([tree], packed);
  const wanted = branches.spans.flatMap(({ offset, length }) =>
    (at ?? Array.from({ length }, (_, i) => i)).flatMap((i) => (i < length ? [offset + i] : [])),
  );
  return policy.arenas.borrow(async (arena, rebound) => {
    const pass = new ScorePass(policy, arena, {
      packed,
      request: { ...branches, temperature },
      stages: policy.inferenceStages(),
    });
    await policy.runtime.run(pass.forwardSteps);
    const scores = pass.read();
    // The trunk kept each row that is read once; logits are taken from its hidden states in parts.
    const { index } = distinctRows(branches.index);
    const top = new Map<number, Alternative[]>();
    const width = policy.config.text.vocabSize;
    const size = count === 0 ? 0 : Math.max(1, Math.floor(MAX_LOGITS_BYTES / (4 * width)));
    for (let start = 0; size > 0 && start < wanted.length; start += size) {
      const part = wanted.slice(start, start + size);
      rebound.reset();
      const rows = Int32Array.from(part, (place) => index[place] ?? 0);
      const { step, logits } = bindLogits(policy, rebound, pass.trunk.hidden, rows);
      await policy.runtime.run([step]);
      const found = topOf(policy.runtime.readF32(logits), width, { count, temperature });
      for (const [i, place] of part.entries()) top.set(place, found[i] ?? []);
    }
    return branches.spans.map(({ offset, length }) => ({
      logprobs: scores.logprobs.slice(offset, offset + length),
      entropy: scores.entropy.slice(offset, offset + length),
      top: Array.from({ length }, (_, i) => top.get(offset + i) ?? []),
    }));
  });
}
