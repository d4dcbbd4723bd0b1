/**
 * One step of online RL, readable aloud: prompts -> rollouts -> rewards -> advantages -> objective ->
 * gradient -> update. Every method of the GRPO family is this loop with other stages; the loop knows
 * none of their names.
 */
import { LabError } from '../../shared/errors.ts';
import { measureAdvantages } from '../advantage/metrics.ts';
import type { Learner } from '../policy/learner.ts';
import type { Policy } from '../policy/policy.ts';
import { Rng } from '../rng.ts';
import { type Completion, generate } from '../rollout/generate.ts';
import type {
  OnlinePrompt,
  OnlineStage,
  OnlineStages,
  OnlineStepOptions,
  OnlineStepResult,
  Rollout,
} from './online-types.ts';
import { type Group, otherScores, updatePolicy } from './update-policy.ts';

/** @throws LabError `train/non-finite` before any weight is touched by that update */
export async function onlineStep(
  learner: Learner,
  stages: OnlineStages,
  prompts: readonly OnlinePrompt[],
  options: OnlineStepOptions,
): Promise<OnlineStepResult> {
  const timed = stageTimer(options.onStage);
  /** Those that are trained on, of all that were sampled. */
  const groups: SampledGroup[] = [];
  const sampled: SampledGroup[] = [];
  let asked = prompts;
  for (let round = 1; asked.length > 0; round++) {
    const fresh = await sampleRound(learner.policy, stages, asked, { options, timed, round });
    sampled.push(...fresh);
    options.onRollouts?.(fresh.flatMap((group) => group.rollouts));
    groups.push(...(options.dropsSilent ? fresh.filter((group) => !group.isSilent) : fresh));
    const missing = prompts.length - groups.length;
    if (round >= options.maxRounds || missing <= 0 || options.refill === undefined) break;
    asked = await options.refill(missing, round + 1);
  }
  const trained = groups.map((group, i) => ({ ...group, firstRow: i * options.groupSize }));
  const others = await timed('reference', () =>
    otherScores(learner.policy, stages, trained, options),
  );
  const updates = await timed('update', () =>
    updatePolicy(learner, stages, trained, others, options),
  );
  const rollouts = groups.flatMap((group) => group.rollouts);
  return {
    rollouts: rollouts.map((rollout, row) => ({
      ...rollout,
      refLogprobs: others.ref.get(row)?.logprobs,
    })),
    metrics: {
      // What the policy did, and not what the filter left of it, which may be nothing.
      ...measureGroups(stages, sampled, options.groupSize),
      'rollout/groups_sampled': sampled.length,
      ...updates,
    },
  };
}

/** A group as sampled and judged. */
interface SampledGroup extends Group {
  readonly rollouts: readonly Rollout[];
}

interface Round {
  readonly options: OnlineStepOptions;
  readonly timed: ReturnType<typeof stageTimer>;
  readonly round: number;
}

/** Samples, judges and compares the completions of some prompts. */
async function sampleRound(
  policy: Policy,
  stages: OnlineStages,
  prompts: readonly OnlinePrompt[],
  { options, timed, round }: Round,
): Promise<SampledGroup[]> {
  const { groupSize } = options;
  const completions = await timed('rollout', () => sampleGroups(policy, prompts, options, round));
  const judged = await timed('reward', () =>
    completions.map((completion, row) =>
      stages.judge(promptOf(prompts, groupSize, row), completion),
    ),
  );
  const advantage = await timed('advantage', () =>
    stages.advantages({
      terms: Float64Array.from(judged.flatMap((entry) => entry.terms)),
      weights: stages.weights,
      groupSize,
    }),
  );
  const rollouts = completions.map((completion, row) => ({
    prompt: promptOf(prompts, groupSize, row),
    sample: row % groupSize,
    completion,
    text: judged[row]?.text ?? '',
    terms: judged[row]?.terms ?? [],
    extracted: judged[row]?.extracted ?? null,
    isRight: judged[row]?.isRight ?? null,
    reward: advantage.rewards[row] ?? Number.NaN,
    advantage: advantage.advantages[row] ?? 0,
  }));
  return prompts.map((prompt, g) =>
    toGroup(prompt, rollouts.slice(g * groupSize, (g + 1) * groupSize), stages),
  );
}

function promptOf(prompts: readonly OnlinePrompt[], groupSize: number, row: number): OnlinePrompt {
  const prompt = prompts[Math.floor(row / groupSize)];
  if (prompt === undefined) throw new RangeError(`row ${row} has no prompt`);
  return prompt;
}

/** G completions of every prompt, rows of a group side by side. */
async function sampleGroups(
  policy: Policy,
  prompts: readonly OnlinePrompt[],
  options: OnlineStepOptions,
  round: number,
): Promise<Completion[]> {
  const stream = Rng.from(options.seed).fork('rollout').fork(options.step).fork(round);
  const requests = prompts.flatMap((prompt) => {
    const draws = stream.fork(prompt.id);
    return Array.from({ length: options.groupSize }, (_, sample) => ({
      prompt: prompt.prompt,
      seed: BigInt(draws.fork(sample).bits()),
    }));
  });
  const { sampling, signal } = options;
  try {
    return await generate(policy, requests, sampling, {
      ...(signal === undefined ? {} : { signal }),
      onPrefill: (milliseconds) => options.onStage?.('prefill', milliseconds),
    });
  } catch (thrown) {
    throw namedNonFinite(thrown);
  }
}

/** The sampling kernel refuses logits that are not numbers; here that is the end of a training. */
function namedNonFinite(thrown: unknown): unknown {
  if (!(thrown instanceof LabError) || !/logits that are numbers/.test(thrown.message))
    return thrown;
  return new LabError('train/non-finite', `[rollout] ${thrown.message}`, {
    hint: 'lower the learning rate, or look at the stored batch',
    details: { stage: 'rollout' },
    cause: thrown,
  });
}

function toGroup(
  prompt: OnlinePrompt,
  rollouts: readonly Rollout[],
  stages: OnlineStages,
): SampledGroup {
  const completions = rollouts.map((rollout) => rollout.completion);
  const branches = completions.map((completion) => completion.ids);
  const ignoresCut = stages.ignoreTruncated ?? false;
  return {
    tree: { prompt: prompt.prompt, branches },
    maskedTree: prompt.masked === undefined ? undefined : { prompt: prompt.masked, branches },
    firstRow: 0,
    completions,
    advantages: Float32Array.from(rollouts, (rollout) => rollout.advantage),
    kept: completions.map((completion) => !ignoresCut || completion.finish === 'stop'),
    isSilent: rollouts.every((rollout) => rollout.advantage === 0),
    rollouts,
  };
}

/** What is told of the completions themselves, whatever the objective makes of them. */
function measureRollouts(groups: readonly SampledGroup[]): Record<string, number> {
  const rollouts = groups.flatMap((group) => group.rollouts);
  const count = Math.max(1, rollouts.length);
  let tokens = 0;
  let entropy = 0;
  let cut = 0;
  for (const { completion } of rollouts) {
    tokens += completion.ids.length;
    for (const value of completion.entropy) entropy += value;
    cut += completion.finish === 'length' ? 1 : 0;
  }
  const share = (of: (group: SampledGroup) => number) =>
    groups.reduce((sum, group) => sum + of(group), 0) / Math.max(1, groups.length);
  return {
    'rollout/completions': rollouts.length,
    'rollout/tokens': tokens,
    'rollout/length_tokens': tokens / count,
    'rollout/truncated_share': cut / count,
    'rollout/entropy_nats': entropy / Math.max(1, tokens),
    'rollout/zero_variance_share': share(({ rollouts: own }) =>
      own.every(({ reward }) => reward === own[0]?.reward) ? 1 : 0,
    ),
    'rollout/unique_answers': share(
      ({ rollouts: own }) => new Set(own.flatMap(({ extracted }) => extracted ?? [])).size,
    ),
    ...lengthOf(
      'rollout/length_right_tokens',
      rollouts.filter(({ isRight }) => isRight === true),
    ),
    ...lengthOf(
      'rollout/length_wrong_tokens',
      rollouts.filter(({ isRight }) => isRight === false),
    ),
  };
}

/** A mean of nothing is left out. */
function lengthOf(id: string, rollouts: readonly Rollout[]): Record<string, number> {
  if (rollouts.length === 0) return {};
  const tokens = rollouts.reduce((sum, { completion }) => sum + completion.ids.length, 0);
  return { [id]: tokens / rollouts.length };
}

function measureGroups(
  stages: OnlineStages,
  groups: readonly SampledGroup[],
  groupSize: number,
): Record<string, number> {
  const rollouts = groups.flatMap((group) => group.rollouts);
  const mean = (values: readonly number[]) => {
    const known = values.filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  };
  const terms = stages.terms.map((name, i) => [
    `reward/${name.replaceAll('-', '_')}`,
    mean(rollouts.map((rollout) => rollout.terms[i] ?? Number.NaN)),
  ]);
  const columns = {
    rewards: Float64Array.from(rollouts, (rollout) => rollout.reward),
    advantages: Float64Array.from(rollouts, (rollout) => rollout.advantage),
    std: new Float64Array(rollouts.length),
  };
  return {
    ...measureAdvantages(columns, groupSize),
    ...Object.fromEntries(terms),
    ...measureRollouts(groups),
  };
}

/** Stages of several rounds add up. */
function stageTimer(report: OnlineStepOptions['onStage']) {
  return async <T>(stage: OnlineStage, work: () => T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    report?.(stage, performance.now() - started);
    return result;
  };
}
