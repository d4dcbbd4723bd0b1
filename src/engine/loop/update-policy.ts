/**
 * The update half of an online step: groups with advantages in, optimizer updates and their metrics
 * out. Prompts are computed once for all their completions; groups that cannot teach are left out.
 */
import { type Learner, type ScoreGradients, scoreOnly } from '../policy/learner.ts';
import { packTrees } from '../policy/pack.ts';
import type { Scores } from '../policy/pass.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type BranchScores,
  fromColumn,
  scoreBranches,
  toColumn,
  trimBranches,
} from '../policy/score.ts';
import type { PromptTree } from '../policy/tree.ts';
import { Rng } from '../rng.ts';
import type { Completion } from '../rollout/generate.ts';
import { MetricMeans } from './metric-means.ts';
import type { ObjectiveInput, OnlineStages, OnlineStepOptions } from './online-types.ts';
import { requireFinite, splitByTokens } from './supervised.ts';

/** A prompt with its completions as the update sees them. */
export interface Group {
  readonly tree: PromptTree;
  readonly maskedTree: PromptTree | undefined;
  /** Rows of the step. */
  readonly firstRow: number;
  readonly completions: readonly Completion[];
  /** [G] */
  readonly advantages: Float32Array;
  /** 1 where the row is trained on. */
  readonly kept: readonly boolean[];
  /** All advantages are zero: nothing to learn from unless a KL or entropy term is on. */
  readonly isSilent: boolean;
}

/** Log-probabilities that other passes give, by row of the step. */
export interface OtherScores {
  readonly ref: ReadonlyMap<number, Scores>;
  readonly masked: ReadonlyMap<number, Scores>;
}

/** Scores of the reference and of the masked twin, where the objective needs them. */
export async function otherScores(
  policy: Policy,
  stages: OnlineStages,
  groups: readonly Group[],
  options: OnlineStepOptions,
): Promise<OtherScores> {
  const { needs } = stages.objective;
  const none = new Map<number, Scores>();
  const reference = needs.includes('refLogprobs') ? stages.reference : undefined;
  return {
    ref:
      reference === undefined
        ? none
        : await scoreGroups(reference, groups, (group) => group.tree, options),
    masked: needs.includes('maskedLogprobs')
      ? await scoreGroups(policy, groups, (group) => group.maskedTree, options)
      : none,
  };
}

/** Scores of every completion by row of the step; rows whose group has no such tree are left out. */
async function scoreGroups(
  policy: Policy,
  groups: readonly Group[],
  treeOf: (group: Group) => PromptTree | undefined,
  options: OnlineStepOptions,
): Promise<Map<number, Scores>> {
  const found = new Map<number, Scores>();
  const work = groups.flatMap((group) => {
    const tree = treeOf(group);
    return tree === undefined ? [] : [{ tree, firstRow: group.firstRow }];
  });
  for (const part of splitByTokens(work, options.tokensPerPass)) {
    const trees = part.map((entry) => entry.tree);
    const packed = packTrees(policy.config, trimBranches(trees));
    const branches = scoreBranches(trees, packed);
    const scores = await scoreOnly(policy, packed, {
      ...branches,
      temperature: temperatureOf(options),
    });
    const rows = part.flatMap((entry) =>
      entry.tree.branches.map((_, sample) => entry.firstRow + sample),
    );
    branches.spans.forEach((span, i) => {
      const cut = (values: Float32Array) => values.slice(span.offset, span.offset + span.length);
      found.set(rows[i] ?? 0, { logprobs: cut(scores.logprobs), entropy: cut(scores.entropy) });
    });
  }
  return found;
}

/** Greedy rollouts are scored at temperature 1. */
function temperatureOf(options: OnlineStepOptions): number {
  return options.sampling.temperature === 0 ? 1 : options.sampling.temperature;
}

/** @throws LabError `train/non-finite` before any weight is touched by that update */
export async function updatePolicy(
  learner: Learner,
  stages: OnlineStages,
  groups: readonly Group[],
  others: OtherScores,
  options: OnlineStepOptions,
): Promise<Record<string, number>> {
  const tokenCount = countTokens(groups);
  const sums = new MetricMeans();
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    const order = Rng.from(options.seed).fork('minibatch').fork(options.step).fork(epoch);
    const shuffled = options.minibatches === 1 ? groups : order.shuffle(groups);
    for (const minibatch of chunks(shuffled, options.minibatches)) {
      const live = stages.objective.hasOwnTerms
        ? minibatch
        : minibatch.filter((group) => !group.isSilent);
      const counts = {
        tokenCount,
        batchTokens: Math.max(1, countTokens(minibatch)),
        batchSequences: minibatch.length * options.groupSize,
      };
      for (const part of splitByTokens(live, options.tokensPerPass)) {
        await accumulateGroups(learner, stages, part, { others, counts, options, sums });
      }
      // An update without any signal would still move the weights by their moments and decay.
      if (live.length === 0) continue;
      const started = performance.now();
      const gradNorm = await learner.update(options);
      options.onStage?.('optimizer', performance.now() - started);
      sums.closeParts();
      sums.add({ 'gradient/norm': gradNorm, 'optimizer/learning_rate': options.learningRate }, 1);
    }
  }
  return sums.means();
}

interface UpdateContext {
  readonly others: OtherScores;
  readonly counts: ObjectiveInput['counts'];
  readonly options: OnlineStepOptions;
  readonly sums: MetricMeans;
}

/** One pass: packs the groups, scores their completions, asks the objective, goes back. */
async function accumulateGroups(
  learner: Learner,
  stages: OnlineStages,
  groups: readonly Group[],
  context: UpdateContext,
): Promise<void> {
  const trees = groups.map((group) => group.tree);
  const packed = packTrees(learner.policy.config, trimBranches(trees));
  const branches = scoreBranches(trees, packed);
  const width = branches.spans.reduce((widest, span) => Math.max(widest, span.length), 1);
  const request = { ...branches, temperature: temperatureOf(context.options) };
  context.sums.addCount({
    'data/scored_tokens': countTokens(groups),
    'data/packed_tokens': packed.tokens,
  });
  await learner.accumulate(packed, request, async (scores): Promise<ScoreGradients> => {
    const input = objectiveInput(groups, branches, { scores, width, context });
    context.sums.addTail('objective/ratio_p99', ratiosOf(input));
    const result = await stages.objective.run(input);
    requireFinite('loss', result.loss, learner);
    const {
      'objective/loss': loss = result.loss,
      'objective/ratio_max': ratioMax,
      ...means
    } = result.metrics;
    // Losses of micro-batches are parts of one sum; nearly everything else is a mean over tokens.
    context.sums.addPart({ 'objective/loss': loss });
    if (ratioMax !== undefined) context.sums.addMax({ 'objective/ratio_max': ratioMax });
    context.sums.add(means, Math.max(countTokens(groups), Number.MIN_VALUE));
    const logprobs = result.gradients.logprobs;
    if (logprobs === undefined) throw new RangeError('an objective has a gradient');
    const entropy = result.gradients.entropy;
    return {
      logprob: fromColumn(branches, logprobs, width),
      entropy: entropy === undefined ? undefined : fromColumn(branches, entropy, width),
    };
  });
}

function objectiveInput(
  groups: readonly Group[],
  branches: BranchScores,
  pass: { readonly scores: Scores; readonly width: number; readonly context: UpdateContext },
): ObjectiveInput {
  const { scores, width, context } = pass;
  const rows = branches.spans.length;
  const column = (rowOf: (group: Group, sample: number) => Float32Array | undefined) => {
    const out = new Float32Array(rows * width);
    let row = 0;
    for (const group of groups) {
      group.completions.forEach((_, sample) => {
        const values = rowOf(group, sample);
        if (values !== undefined) out.set(values.subarray(0, width), row * width);
        row += 1;
      });
    }
    return out;
  };
  const logprobs = toColumn(branches, scores.logprobs, width);
  const { epochs, minibatches } = context.options;
  return {
    columns: {
      logprobs,
      // With one update per rollout the behaviour policy is the policy itself: its log-probabilities
      // are the ones just computed, so rounding in the sampler cannot pass for a policy change.
      oldLogprobs:
        epochs * minibatches === 1
          ? logprobs
          : column((group, sample) => group.completions[sample]?.logprobs),
      refLogprobs: column(
        (group, sample) => context.others.ref.get(group.firstRow + sample)?.logprobs,
      ),
      maskedLogprobs: column(
        (group, sample) => context.others.masked.get(group.firstRow + sample)?.logprobs,
      ),
      maskedEntropy: column(
        (group, sample) => context.others.masked.get(group.firstRow + sample)?.entropy,
      ),
      entropy: toColumn(branches, scores.entropy, width),
      mask: column((group, sample) =>
        group.kept[sample]
          ? new Float32Array(group.completions[sample]?.ids.length ?? 0).fill(1)
          : undefined,
      ),
    },
    advantages: Float32Array.from(groups.flatMap((group) => [...group.advantages])),
    rows,
    width,
    counts: context.counts,
    klWeight: context.options.klWeight,
  };
}

/** Importance ratio of every scored token. */
function ratiosOf({ columns }: ObjectiveInput): Float32Array {
  const { logprobs, oldLogprobs, mask } = columns;
  if (logprobs === undefined || oldLogprobs === undefined || mask === undefined)
    return new Float32Array();
  // On policy they are one array, and every ratio is 1.
  if (logprobs === oldLogprobs) return Float32Array.of(1);
  const ratios = new Float32Array(logprobs.length);
  let count = 0;
  for (let i = 0; i < logprobs.length; i++) {
    if (mask[i] === 1) ratios[count++] = Math.exp((logprobs[i] ?? 0) - (oldLogprobs[i] ?? 0));
  }
  return ratios.subarray(0, count);
}

function countTokens(groups: readonly Group[]): number {
  return groups.reduce(
    (sum, group) =>
      sum +
      group.completions.reduce(
        (own, completion, i) => own + (group.kept[i] ? completion.ids.length : 0),
        0,
      ),
    0,
  );
}

function chunks<T>(items: readonly T[], count: number): T[][] {
  const size = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size)).filter(
    (chunk) => chunk.length > 0,
  );
}
