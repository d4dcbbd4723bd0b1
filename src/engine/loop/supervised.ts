/**
 * Supervised training: examples -> one update. The objective is the weighted mean negative
 * log-likelihood of every scored token of the step, plus `positionWeight` times that of the position
 * targets, so micro-batches of any size add up to the same gradient as the big batch
 * (objective/supervised/nll is the same number as a graph).
 */

import { LabError } from '../../shared/errors.ts';
import type { Learner } from '../policy/learner.ts';
import { packTrees } from '../policy/pack.ts';
import type { ScoreRequest } from '../policy/pass.ts';
import { scoreBranches, trimBranches } from '../policy/score.ts';
import type { PromptTree } from '../policy/tree.ts';

/** A label for the hidden state at one prompt token, e.g. the colour seen at an image token. */
export interface PositionTarget {
  /** Index into the prompt's ids. */
  readonly at: number;
  readonly token: number;
  readonly weight: number;
}

/** A prompt with the completions to learn. */
export interface SupervisedExample {
  readonly tree: PromptTree;
  /** Weight of each token of each branch; default 1. 0 = seen, not learned. */
  readonly branchWeights?: readonly Float32Array[];
  readonly positionTargets?: readonly PositionTarget[];
}

export interface SupervisedStepOptions {
  readonly learningRate: number;
  readonly maxGradNorm: number;
  /** Most packed tokens in one pass; longer steps are split and accumulated. */
  readonly tokensPerPass: number;
  /** Weight of the mean over position targets beside the mean over completion tokens; default 1. */
  readonly positionWeight?: number;
  readonly onStage?: StageReport;
}

/** How long a part of an update took. */
export type StageReport = (stage: 'forward_backward' | 'optimizer', milliseconds: number) => void;

export interface SupervisedMetrics {
  /** Weighted mean over completion tokens, nats. */
  readonly loss: number;
  /** Mean over position targets, nats; NaN without any. */
  readonly positionLoss: number;
  readonly gradNorm: number;
  /** Completion tokens scored. */
  readonly tokens: number;
  /** Tokens that went through the model, prompts and images included. */
  readonly packedTokens: number;
}

/**
 * @throws LabError `train/non-finite` before any weight is touched; `dataset/bad-row` when nothing is scored
 */
export async function supervisedStep(
  learner: Learner,
  examples: readonly SupervisedExample[],
  options: SupervisedStepOptions,
): Promise<SupervisedMetrics> {
  const total = totalWeights(examples);
  if (!(total.branch > 0)) {
    throw new LabError(
      'dataset/bad-row',
      '[supervised] a step needs at least one scored token, got none',
    );
  }
  let started = performance.now();
  const sums = { loss: 0, weight: 0, tokens: 0, positionLoss: 0, positionWeight: 0, packed: 0 };
  for (const part of splitByTokens(examples, options.tokensPerPass)) {
    const { packed, request, weights, branchTokens } = scoreExamples(learner, part);
    const positionScale =
      (options.positionWeight ?? 1) / Math.max(total.position, Number.MIN_VALUE);
    const logprob = weights.map((weight, i) =>
      i < branchTokens ? -weight / total.branch : -weight * positionScale,
    );
    const scores = await learner.accumulate(packed, request, () => ({ logprob }));
    scores.logprobs.forEach((value, i) => {
      const weight = weights[i] ?? 0;
      if (i < branchTokens) {
        sums.loss -= value * weight;
        sums.weight += weight;
        sums.tokens += weight === 0 ? 0 : 1;
      } else {
        sums.positionLoss -= value * weight;
        sums.positionWeight += weight;
      }
    });
    sums.packed += packed.tokens;
  }
  requireFinite('loss', sums.loss, learner);
  options.onStage?.('forward_backward', performance.now() - started);
  started = performance.now();
  const gradNorm = await learner.update(options);
  options.onStage?.('optimizer', performance.now() - started);
  return {
    loss: sums.loss / sums.weight,
    positionLoss: sums.positionLoss / sums.positionWeight,
    gradNorm,
    tokens: sums.tokens,
    packedTokens: sums.packed,
  };
}

/** @throws LabError `train/non-finite` naming the stage */
export function requireFinite(stage: string, value: number, learner: Learner): void {
  if (Number.isFinite(value)) return;
  throw new LabError('train/non-finite', `[${stage}] expected a finite ${stage}, got ${value}`, {
    hint: 'lower the learning rate, or look at the stored batch',
    details: { stage, update: learner.optimizer.updates + 1 },
  });
}

function tokenWeights(example: SupervisedExample): number[] {
  return example.tree.branches.flatMap((branch, b) => {
    const weights = example.branchWeights?.[b];
    return Array.from(branch, (_, i) => weights?.[i] ?? 1);
  });
}

/** Denominators of the two means, over the whole step. */
function totalWeights(examples: readonly SupervisedExample[]) {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    branch: sum(examples.flatMap(tokenWeights)),
    position: sum(
      examples.flatMap((example) => (example.positionTargets ?? []).map((target) => target.weight)),
    ),
  };
}

function scoreExamples(learner: Learner, examples: readonly SupervisedExample[]) {
  const trees = examples.map((example) => example.tree);
  const packed = packTrees(learner.policy.config, trimBranches(trees));
  const branches = scoreBranches(trees, packed);
  const positions = examples.flatMap((example, i) =>
    (example.positionTargets ?? []).map((target) => ({
      row: (packed.trees[i]?.promptStart ?? 0) + target.at,
      ...target,
    })),
  );
  const request: ScoreRequest = {
    index: Int32Array.from([...branches.index, ...positions.map((target) => target.row)]),
    targets: Int32Array.from([...branches.targets, ...positions.map((target) => target.token)]),
    temperature: 1,
  };
  const weights = Float32Array.from([
    ...examples.flatMap(tokenWeights),
    ...positions.map((target) => target.weight),
  ]);
  return { packed, request, weights, branchTokens: branches.index.length };
}

/** Consecutive examples in parts of at most `limit` tokens; a longer example is a part of its own. */
export function splitByTokens<T extends { readonly tree: PromptTree }>(
  examples: readonly T[],
  limit: number,
): T[][] {
  const parts: T[][] = [];
  let size = 0;
  for (const example of examples) {
    const { prompt, branches } = example.tree;
    const length = branches.reduce((sum, branch) => sum + branch.length, prompt.ids.length);
    if (parts.length === 0 || size + length > limit) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(example);
    size += length;
  }
  return parts;
}
