/**
 * Preference training: pairs -> one update. Chosen and rejected are two branches of one prompt, so the
 * prompt is computed once; the frozen reference scores the same stream.
 */
import { type Learner, scoreOnly } from '../policy/learner.ts';
import { packTrees } from '../policy/pack.ts';
import type { Policy } from '../policy/policy.ts';
import { fromColumn, scoreBranches, toColumn, trimBranches } from '../policy/score.ts';
import type { Prompt } from '../policy/tree.ts';
import { MetricMeans } from './metric-means.ts';
import { requireFinite, type StageReport, splitByTokens } from './supervised.ts';

export interface PreferencePair {
  readonly prompt: Prompt;
  readonly chosen: Int32Array;
  readonly rejected: Int32Array;
}

/** Columns of pairs: rows 0..B-1 chosen, B..2B-1 rejected. */
export interface PreferenceInput {
  /** [2B, T] each; log-probabilities in nats. */
  readonly columns: {
    readonly logprobs: Float32Array;
    readonly refLogprobs: Float32Array;
    readonly mask: Float32Array;
  };
  /** B */
  readonly pairs: number;
  /** T */
  readonly width: number;
  /** Pairs of the whole update, the denominator of the mean. */
  readonly pairCount: number;
}

export interface PreferenceObjective {
  /** @returns the gradient with respect to `logprobs` [2B, T] */
  run(input: PreferenceInput): Promise<{
    readonly loss: number;
    readonly gradients: { readonly logprobs?: Float32Array | undefined };
    readonly metrics: Readonly<Record<string, number>>;
  }>;
}

export interface PreferenceStepOptions {
  readonly learningRate: number;
  readonly maxGradNorm: number;
  readonly tokensPerPass: number;
  readonly onStage?: PreferenceStageReport;
}

type PreferenceStageReport = (
  stage: Parameters<StageReport>[0] | 'reference',
  milliseconds: number,
) => void;

/** @throws LabError `train/non-finite` before any weight is touched */
export async function preferenceStep(
  learner: Learner,
  reference: Policy,
  objective: PreferenceObjective,
  batch: { readonly pairs: readonly PreferencePair[]; readonly options: PreferenceStepOptions },
): Promise<Readonly<Record<string, number>>> {
  const { pairs, options } = batch;
  const work = pairs.map((pair) => ({
    tree: { prompt: pair.prompt, branches: [pair.chosen, pair.rejected] },
  }));
  const sums = new MetricMeans();
  const started = performance.now();
  let referenceTime = 0;
  for (const part of splitByTokens(work, options.tokensPerPass)) {
    const trees = part.map((entry) => entry.tree);
    const packed = packTrees(learner.policy.config, trimBranches(trees));
    const branches = byRole(scoreBranches(trees, packed));
    const width = branches.spans.reduce((widest, span) => Math.max(widest, span.length), 1);
    const request = { index: branches.index, targets: branches.targets, temperature: 1 };
    const asked = performance.now();
    const ref = await scoreOnly(reference, packed, request);
    referenceTime += performance.now() - asked;
    sums.addCount({
      'data/scored_tokens': branches.index.length,
      'data/packed_tokens': packed.tokens,
    });
    await learner.accumulate(packed, request, async (scores) => {
      const ones = new Float32Array(branches.index.length).fill(1);
      const result = await objective.run({
        columns: {
          logprobs: toColumn(branches, scores.logprobs, width),
          refLogprobs: toColumn(branches, ref.logprobs, width),
          mask: toColumn(branches, ones, width),
        },
        pairs: part.length,
        width,
        pairCount: pairs.length,
      });
      requireFinite('loss', result.loss, learner);
      const { 'objective/loss': loss = result.loss, ...means } = result.metrics;
      // Losses of micro-batches are parts of one sum; everything else is a mean over pairs.
      sums.addPart({ 'objective/loss': loss });
      sums.add(means, part.length);
      const { logprobs } = result.gradients;
      if (logprobs === undefined) throw new RangeError('an objective has a gradient');
      return { logprob: fromColumn(branches, logprobs, width) };
    });
  }
  const updated = performance.now();
  options.onStage?.('reference', referenceTime);
  options.onStage?.('forward_backward', updated - started - referenceTime);
  const gradNorm = await learner.update(options);
  options.onStage?.('optimizer', performance.now() - updated);
  sums.closeParts();
  return {
    ...sums.means(),
    'gradient/norm': gradNorm,
    'optimizer/learning_rate': options.learningRate,
  };
}

/** Spans of all chosen branches first, then of all rejected ones, as preference objectives take them. */
function byRole(branches: ReturnType<typeof scoreBranches>) {
  const chosen = branches.spans.filter((_, i) => i % 2 === 0);
  const rejected = branches.spans.filter((_, i) => i % 2 === 1);
  return { ...branches, spans: [...chosen, ...rejected] };
}
