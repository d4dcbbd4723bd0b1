/**
 * One step of online RL, readable aloud: prompts -> rollouts -> rewards -> advantages -> objective ->
 * gradient -> update. Every method of the GRPO family is this loop with other stages; the loop knows
 * none of their names. Prompts are computed once for all their completions, in sampling and in the
 * update.
 */
import type { AdvantageInput, AdvantageResult } from '../advantage/define.ts';
import type { Learner, ScoreGradients } from '../policy/learner.ts';
import { scoreOnly } from '../policy/learner.ts';
import type { Scores } from '../policy/pass.ts';
import type { Policy } from '../policy/policy.ts';
import { packTrees } from '../policy/pack.ts';
import { type BranchScores, fromColumn, scoreBranches, toColumn, trimBranches } from '../policy/score.ts';
import type { Prompt, PromptTree } from '../policy/tree.ts';
import { type Completion, generate, type SamplingSettings } from '../rollout/generate.ts';
import { Rng } from '../rng.ts';
import { requireFinite, splitByTokens } from './supervised.ts';

/** A prompt to sample from; `id` names it in rollout files and seeds its draws. */
export interface OnlinePrompt {
  readonly id: string;
  readonly prompt: Prompt;
  /** The same prompt with the picture hidden, for objectives that compare the two. */
  readonly masked?: Prompt;
}

/** Raw scores of one completion, one per reward term; NaN = the term could not judge. */
export interface Judged {
  readonly text: string;
  readonly terms: readonly number[];
}

export type ColumnKey =
  | 'logprobs'
  | 'oldLogprobs'
  | 'refLogprobs'
  | 'entropy'
  | 'maskedLogprobs'
  | 'maskedEntropy'
  | 'mask';

/** Columns of one micro-batch for the objective. */
export interface ObjectiveInput {
  /** [B, T] */
  readonly columns: Readonly<Partial<Record<ColumnKey, Float32Array>>>;
  /** [B] */
  readonly advantages: Float32Array;
  readonly rows: number;
  readonly width: number;
  /** Denominators of the whole update, so that micro-batches add up. */
  readonly counts: { readonly batchTokens: number; readonly batchSequences: number; readonly tokenCount: number };
}

export interface ObjectiveOutput {
  readonly loss: number;
  /** [B, T] gradient of the loss with respect to each differentiable column. */
  readonly gradients: Readonly<Partial<Record<'logprobs' | 'entropy', Float32Array>>>;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface OnlineObjective {
  readonly needs: readonly string[];
  run(input: ObjectiveInput): Promise<ObjectiveOutput>;
}

/** What a recipe resolves to for this loop. */
export interface OnlineStages {
  judge(prompt: OnlinePrompt, completion: Completion): Judged;
  /** [R] names and weights of the reward terms. */
  readonly terms: readonly string[];
  readonly weights: Float64Array;
  advantages(input: AdvantageInput): AdvantageResult;
  readonly objective: OnlineObjective;
  /** Frozen policy for KL terms; present when the objective needs `refLogprobs`. */
  readonly reference?: Policy;
  /** Completions cut off at the length limit teach nothing when set (DAPO's overlong filter). */
  readonly ignoreTruncated?: boolean;
}

export interface OnlineStepOptions {
  readonly seed: number;
  /** Counts from 1; seeds the draws together with `seed` and the prompt. */
  readonly step: number;
  /** G */
  readonly groupSize: number;
  readonly sampling: SamplingSettings;
  readonly learningRate: number;
  readonly maxGradNorm: number;
  /** Passes over the rollouts and optimizer updates per pass. */
  readonly epochs: number;
  readonly minibatches: number;
  readonly tokensPerPass: number;
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: OnlineStage, milliseconds: number) => void;
}

export type OnlineStage = 'rollout' | 'reward' | 'advantage' | 'reference' | 'update';

/** One completion with everything known about it. */
export interface Rollout {
  readonly prompt: OnlinePrompt;
  readonly sample: number;
  readonly completion: Completion;
  readonly text: string;
  readonly terms: readonly number[];
  readonly reward: number;
  readonly advantage: number;
}

export interface OnlineStepResult {
  readonly rollouts: readonly Rollout[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** @throws LabError `train/non-finite` before any weight is touched by that update */
export async function onlineStep(
  learner: Learner,
  stages: OnlineStages,
  prompts: readonly OnlinePrompt[],
  options: OnlineStepOptions,
): Promise<OnlineStepResult> {
  const timed = stageTimer(options.onStage);
  const completions = await timed('rollout', () => sampleGroups(learner.policy, prompts, options));
  const judged = await timed('reward', () =>
    completions.map((completion, row) => stages.judge(promptOf(prompts, options, row), completion)),
  );
  const advantage = await timed('advantage', () =>
    stages.advantages({
      terms: Float64Array.from(judged.flatMap((entry) => entry.terms)),
      weights: stages.weights,
      groupSize: options.groupSize,
    }),
  );
  const groups = groupRows(prompts, completions, advantage, { options, stages });
  const reference = await timed('reference', () => otherScores(learner.policy, stages, groups, options));
  const updates = await timed('update', () => updatePolicy(learner, stages, groups, reference, options));
  const rollouts = completions.map((completion, row) => ({
    prompt: promptOf(prompts, options, row),
    sample: row % options.groupSize,
    completion,
    text: judged[row]?.text ?? '',
    terms: judged[row]?.terms ?? [],
    reward: advantage.rewards[row] ?? Number.NaN,
    advantage: advantage.advantages[row] ?? 0,
  }));
  return { rollouts, metrics: { ...rolloutMetrics(stages, rollouts, groups), ...updates } };
}

function promptOf(prompts: readonly OnlinePrompt[], options: OnlineStepOptions, row: number): OnlinePrompt {
  const prompt = prompts[Math.floor(row / options.groupSize)];
  if (prompt === undefined) throw new RangeError(`row ${row} has no prompt`);
  return prompt;
}

/** G completions of every prompt, rows of a group side by side. */
function sampleGroups(policy: Policy, prompts: readonly OnlinePrompt[], options: OnlineStepOptions) {
  const stream = Rng.from(options.seed).fork('rollout').fork(options.step);
  const requests = prompts.flatMap((prompt) => {
    const draws = stream.fork(prompt.id);
    return Array.from({ length: options.groupSize }, (_, sample) => ({
      prompt: prompt.prompt,
      seed: BigInt(draws.fork(sample).bits()),
    }));
  });
  return generate(policy, requests, options.sampling, options.signal === undefined ? {} : { signal: options.signal });
}

/** A prompt with its completions as the update sees them. */
interface Group {
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

function groupRows(
  prompts: readonly OnlinePrompt[],
  completions: readonly Completion[],
  advantage: AdvantageResult,
  context: { readonly options: OnlineStepOptions; readonly stages: OnlineStages },
): Group[] {
  const { groupSize } = context.options;
  return prompts.map((prompt, g) => {
    const own = completions.slice(g * groupSize, (g + 1) * groupSize);
    const advantages = Float32Array.from(
      advantage.advantages.subarray(g * groupSize, (g + 1) * groupSize),
    );
    const branches = own.map((completion) => completion.ids);
    return {
      tree: { prompt: prompt.prompt, branches },
      maskedTree: prompt.masked === undefined ? undefined : { prompt: prompt.masked, branches },
      firstRow: g * groupSize,
      completions: own,
      advantages,
      kept: own.map((completion) => !(context.stages.ignoreTruncated ?? false) || completion.finish === 'stop'),
      isSilent: advantages.every((value) => value === 0),
    };
  });
}

/** Log-probabilities that other passes give, by row of the step. */
interface OtherScores {
  readonly ref: ReadonlyMap<number, Scores>;
  readonly masked: ReadonlyMap<number, Scores>;
}

async function otherScores(
  policy: Policy,
  stages: OnlineStages,
  groups: readonly Group[],
  options: OnlineStepOptions,
): Promise<OtherScores> {
  const { needs } = stages.objective;
  const none = new Map<number, Scores>();
  const reference = needs.includes('refLogprobs') ? stages.reference : undefined;
  return {
    ref: reference === undefined ? none : await scoreGroups(reference, groups, (group) => group.tree, options),
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
    const scores = await scoreOnly(policy, packed, { ...branches, temperature: temperatureOf(options) });
    const rows = part.flatMap((entry) => entry.tree.branches.map((_, sample) => entry.firstRow + sample));
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

async function updatePolicy(
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
      const isSkippable = stages.objective.needs.every((name) => ON_POLICY_COLUMNS.has(name));
      const live = isSkippable ? minibatch.filter((group) => !group.isSilent) : minibatch;
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
      const gradNorm = await learner.update(options);
      sums.add({ 'gradient/norm': gradNorm, 'optimizer/learning_rate': options.learningRate }, 1);
    }
  }
  return sums.means();
}

const ON_POLICY_COLUMNS: ReadonlySet<string> = new Set(['logprobs', 'oldLogprobs', 'advantages', 'mask']);

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
  await learner.accumulate(packed, request, async (scores): Promise<ScoreGradients | undefined> => {
    const input = objectiveInput(groups, branches, { scores, width, context });
    const result = await stages.objective.run(input);
    requireFinite('loss', result.loss, learner);
    context.sums.add(result.metrics, groups.length);
    const logprobs = result.gradients.logprobs;
    if (logprobs === undefined) return undefined;
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
      refLogprobs: column((group, sample) => context.others.ref.get(group.firstRow + sample)?.logprobs),
      maskedLogprobs: column((group, sample) => context.others.masked.get(group.firstRow + sample)?.logprobs),
      maskedEntropy: column((group, sample) => context.others.masked.get(group.firstRow + sample)?.entropy),
      entropy: toColumn(branches, scores.entropy, width),
      mask: column((group, sample) =>
        group.kept[sample] ? new Float32Array(group.completions[sample]?.ids.length ?? 0).fill(1) : undefined,
      ),
    },
    advantages: Float32Array.from(groups.flatMap((group) => [...group.advantages])),
    rows,
    width,
    counts: context.counts,
  };
}

function countTokens(groups: readonly Group[]): number {
  return groups.reduce(
    (sum, group) =>
      sum +
      group.completions.reduce((own, completion, i) => own + (group.kept[i] ? completion.ids.length : 0), 0),
    0,
  );
}

function rolloutMetrics(
  stages: OnlineStages,
  rollouts: readonly Rollout[],
  groups: readonly Group[],
): Record<string, number> {
  const mean = (values: readonly number[]) => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  };
  const terms = stages.terms.map((name, i) => [
    `reward/${name}`,
    mean(rollouts.map((rollout) => rollout.terms[i] ?? Number.NaN)),
  ]);
  return {
    'reward/mean': mean(rollouts.map((rollout) => rollout.reward)),
    ...Object.fromEntries(terms),
    'rollout/length_tokens': mean(rollouts.map((rollout) => rollout.completion.ids.length)),
    'rollout/truncated_share': mean(rollouts.map((rollout) => (rollout.completion.finish === 'length' ? 1 : 0))),
    'rollout/entropy_nats': mean(rollouts.flatMap((rollout) => [...rollout.completion.entropy])),
    'advantage/silent_group_share': mean(groups.map((group) => (group.isSilent ? 1 : 0))),
  };
}

/** Means of metrics over passes, weighted by what each pass saw. */
class MetricMeans {
  private readonly sums = new Map<string, { total: number; weight: number }>();

  add(metrics: Readonly<Record<string, number>>, weight: number): void {
    for (const [name, value] of Object.entries(metrics)) {
      const sum = this.sums.get(name) ?? { total: 0, weight: 0 };
      sum.total += value * weight;
      sum.weight += weight;
      this.sums.set(name, sum);
    }
  }

  means(): Record<string, number> {
    return Object.fromEntries([...this.sums].map(([name, sum]) => [name, sum.total / sum.weight]));
  }
}

function chunks<T>(items: readonly T[], count: number): T[][] {
  const size = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size)).filter(
    (chunk) => chunk.length > 0,
  );
}

function stageTimer(report: OnlineStepOptions['onStage']) {
  return async <T>(stage: OnlineStage, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    report?.(stage, performance.now() - started);
    return result;
  };
}
