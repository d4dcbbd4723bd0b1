/**
 * One step of a run, whatever its shape: the recipe's stages bound to the loop that fits them. In: the
 * step's number (from 1). Out: metrics, and rollouts where there are any. A step depends on the
 * weights, the optimizer and its number alone.
 */
import { LabError } from '../../shared/errors.ts';
import { computeAdvantages } from '../advantage/index.ts';
import { toCompletion, toPrompt, toSampling, toText, visualsOf } from '../bundle/bundle.ts';
import type { Item } from '../data/item.ts';
import { itemsOfStep } from '../data/sampler.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import { onlineStep } from '../loop/online-rl.ts';
import type { OnlinePrompt, OnlineStages, Rollout } from '../loop/online-types.ts';
import { preferenceStep } from '../loop/preference.ts';
import { supervisedStep } from '../loop/supervised.ts';
import { compileObjective } from '../objective/compile.ts';
import { compilePreference } from '../objective/compile-preference.ts';
import { scheduleFactor } from '../optimizer/schedule.ts';
import type { ResolvedOf, ResolvedRecipe } from '../recipes/resolve.ts';
import { compileReward } from '../reward/index.ts';
import { checkVerifier } from '../reward/verify/index.ts';
import type { Assembled } from './assemble.ts';
import { blankPatches } from './masked-twin.ts';

export interface StepResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly rollouts: readonly Rollout[];
}

export interface StepContext {
  readonly signal?: AbortSignal;
}

/** What the step under way, or the last one, has seen so far. */
export interface SeenBatch {
  /** Ids of its items; in online RL with the round and place of the draw behind a #. */
  readonly items: readonly string[];
  readonly rollouts: readonly Rollout[];
}

export interface Stepper {
  /** Counts from 1. @throws LabError `train/non-finite`, `dataset/*`, `engine/cancelled` */
  step(step: number, context: StepContext): Promise<StepResult>;
  lastSeen(): SeenBatch;
  dispose(): void;
}

export function makeStepper(recipe: ResolvedRecipe, parts: Assembled): Stepper {
  switch (recipe.shape) {
    case 'supervised':
      return supervisedStepper(recipe, parts);
    case 'online-rl':
      return onlineStepper(recipe, parts);
    case 'preference':
      return preferenceStepper(recipe, parts);
  }
}

/** What every loop is told about one update. */
function updateOptions(recipe: ResolvedRecipe, step: number) {
  const { optimizer, schedule, training } = recipe.slots;
  return {
    learningRate: optimizer.learningRate * scheduleFactor(schedule, step - 1, training.steps),
    maxGradNorm: optimizer.maxGradNorm ?? Number.POSITIVE_INFINITY,
    tokensPerPass: training.tokensPerPass,
  };
}

function stepItems(recipe: ResolvedRecipe, parts: Assembled, step: number): Promise<Item[]> {
  const { data, training } = recipe.slots;
  return itemsOfStep(parts.source, step - 1, {
    seed: training.seed,
    perStep: training.promptsPerStep,
    shuffle: data.shuffle,
    limit: data.limit ?? undefined,
  });
}

/** Far above what tokenizing one step takes. */
const PREPARE_LIMIT_MS = 120_000;

function prepare<T>(work: () => T): T {
  return withTimeLimit('preparing a step', PREPARE_LIMIT_MS, work);
}

function promptOf(parts: Assembled, item: Item) {
  const visuals = visualsOf(parts.bundle, item);
  return toPrompt(parts.bundle, { visuals, text: item.question });
}

function written(item: Item, field: 'completion' | 'rejected'): string {
  const text = item[field];
  if (text !== undefined) return text;
  throw new LabError('dataset/bad-row', `[data] row ${item.id} has no ${field}`, {
    hint: 'supervised training needs `completion`, preference training `chosen` and `rejected`',
  });
}

/** Asked before completions are paid for: a reward that cannot be given is no reward of 0. */
function checkAnswer(item: Item): void {
  try {
    checkVerifier(item);
  } catch (thrown) {
    const { code, message, hint } = LabError.from(thrown);
    throw new LabError(code, `[data] row ${item.id}: ${message}`, { hint, cause: thrown });
  }
}

function supervisedStepper(recipe: ResolvedOf<'supervised'>, parts: Assembled): Stepper {
  let seen: readonly Item[] = [];
  return {
    lastSeen: () => ({ items: seen.map((item) => item.id), rollouts: [] }),
    async step(step) {
      const items = await stepItems(recipe, parts, step);
      seen = items;
      const examples = prepare(() =>
        items.map((item) => ({
          tree: {
            prompt: promptOf(parts, item),
            branches: [toCompletion(parts.bundle, written(item, 'completion'))],
          },
        })),
      );
      const options = updateOptions(recipe, step);
      const result = await supervisedStep(parts.learner, examples, options);
      const metrics = {
        'objective/loss': result.loss,
        'gradient/norm': result.gradNorm,
        'optimizer/learning_rate': options.learningRate,
        'data/scored_tokens': result.tokens,
        'data/packed_tokens': result.packedTokens,
      };
      return { metrics, rollouts: [] };
    },
    dispose: () => undefined,
  };
}

function onlineStepper(recipe: ResolvedOf<'online-rl'>, parts: Assembled): Stepper {
  const { rollout, training, advantage } = recipe.slots;
  if (recipe.slots.objective.perception?.throughMasked) {
    throw new LabError(
      'recipe/invalid',
      '[objective.perception] this engine computes no gradient through the masked pass',
      { hint: 'set objective.perception.throughMasked to false' },
    );
  }
  const objective = compileObjective(parts.policy.runtime, recipe.slots.objective);
  const reward = compileReward(recipe.slots.reward);
  const isAnswerJudged = recipe.slots.reward.terms.some(({ kind }) => kind === 'answer-accuracy');
  const items = new Map<string, Item>();
  let rollouts: Rollout[] = [];
  const stages: OnlineStages = {
    judge(prompt, completion) {
      const item = items.get(prompt.id);
      if (item === undefined) throw new RangeError(`no item ${prompt.id}`);
      const text = toText(parts.bundle, completion.ids);
      const score = reward.score(item, {
        text,
        tokens: completion.ids.length,
        maxTokens: rollout.maxCompletionTokens,
      });
      return { text, terms: score.terms.map((term) => term ?? Number.NaN) };
    },
    terms: reward.ids,
    weights: reward.weights,
    advantages: (input) => computeAdvantages(advantage, input),
    objective,
    ...(parts.reference === undefined ? {} : { reference: parts.reference }),
    ignoreTruncated: rollout.truncated === 'mask',
  };
  /** The id keeps two draws of one item apart. */
  const makePrompt = (item: Item, id: string, step: number): OnlinePrompt => {
    if (isAnswerJudged) checkAnswer(item);
    items.set(id, item);
    const prompt = promptOf(parts, item);
    if (rollout.maskedTwin === null) return { id, prompt };
    const seed = `${training.seed}/${step}/${id}`;
    return {
      id,
      prompt,
      masked: blankPatches(parts.bundle, prompt, { ...rollout.maskedTwin, seed }),
    };
  };
  return {
    lastSeen: () => ({ items: [...items.keys()], rollouts }),
    async step(step, { signal }) {
      items.clear();
      rollouts = [];
      const promptsOf = (chosen: readonly Item[], round: number) =>
        prepare(() => chosen.map((item, i) => makePrompt(item, `${item.id}#${round}.${i}`, step)));
      const prompts = promptsOf(await stepItems(recipe, parts, step), 1);
      const timings: Record<string, number> = {};
      const result = await onlineStep(parts.learner, stages, prompts, {
        seed: training.seed,
        step,
        groupSize: rollout.groupSize,
        sampling: toSampling(parts.bundle, {
          maxTokens: rollout.maxCompletionTokens,
          temperature: rollout.temperature,
          topK: rollout.topK,
          topP: rollout.topP,
          minP: rollout.minP,
        }),
        ...updateOptions(recipe, step),
        epochs: 1,
        minibatches: training.updatesPerStep,
        dropsSilent: rollout.filter.kind === 'group-spread',
        maxRounds: rollout.filter.kind === 'group-spread' ? rollout.filter.maxRounds : 1,
        // Further rounds draw from far behind the last step, so that no prompt comes twice.
        refill: async (count, round) => {
          const ahead = await stepItems(recipe, parts, training.steps * (round - 1) + step);
          return promptsOf(ahead.slice(0, count), round);
        },
        ...(signal === undefined ? {} : { signal }),
        onRollouts: (fresh) => rollouts.push(...fresh),
        onStage: (stage, milliseconds) => {
          const name = `timing/${stage}_ms`;
          timings[name] = (timings[name] ?? 0) + milliseconds;
        },
      });
      return { metrics: { ...result.metrics, ...timings }, rollouts: result.rollouts };
    },
    dispose: () => objective.dispose(),
  };
}

function preferenceStepper(recipe: ResolvedOf<'preference'>, parts: Assembled): Stepper {
  const compiled = compilePreference(parts.policy.runtime, recipe.slots.objective);
  let seen: readonly Item[] = [];
  return {
    lastSeen: () => ({ items: seen.map((item) => item.id), rollouts: [] }),
    async step(step) {
      const items = await stepItems(recipe, parts, step);
      seen = items;
      const pairs = prepare(() =>
        items.map((item) => ({
          prompt: promptOf(parts, item),
          chosen: toCompletion(parts.bundle, written(item, 'completion')),
          rejected: toCompletion(parts.bundle, written(item, 'rejected')),
        })),
      );
      if (parts.reference === undefined)
        throw new RangeError('a preference recipe has a reference');
      const metrics = await preferenceStep(parts.learner, parts.reference, compiled, {
        pairs,
        options: updateOptions(recipe, step),
      });
      return { metrics, rollouts: [] };
    },
    dispose: () => compiled.dispose(),
  };
}
