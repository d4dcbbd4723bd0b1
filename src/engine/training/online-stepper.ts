/**
 * The step of an online recipe: its rollout plan, reward, advantage and objective bound to the online
 * loop. In: the step's number. Out: metrics and a row per completion.
 */
import { LabError } from '../../shared/errors.ts';
import { computeAdvantages } from '../advantage/index.ts';
import { promptOf, toSampling, toText } from '../bundle/bundle.ts';
import type { Item } from '../data/item.ts';
import { onlineStep } from '../loop/online-rl.ts';
import type { OnlinePrompt, OnlineStages, Rollout } from '../loop/online-types.ts';
import { compileObjective } from '../objective/compile.ts';
import type { ResolvedOf } from '../recipes/resolve.ts';
import { readAnswer } from '../reward/answer-accuracy.ts';
import { compileReward, type RewardChoice } from '../reward/index.ts';
import { checkVerifier, verifyAnswer } from '../reward/verify/index.ts';
import type { Assembled } from './assemble.ts';
import { blankPatches } from './masked-twin.ts';
import { rolloutRows } from './rollout-row.ts';
import { prepare, StepMeter, type Stepper, stepItems, updateOptions } from './step.ts';

type OnlineRecipe = ResolvedOf<'online-rl'>;

export function onlineStepper(recipe: OnlineRecipe, parts: Assembled): Stepper {
  const { rollout, training } = recipe.slots;
  refuseMaskedGradient(recipe);
  const items = new Map<string, Item>();
  let rollouts: Rollout[] = [];
  const { stages, dispose } = bindStages(recipe, parts, items);
  const isAnswerJudged = recipe.slots.reward.terms.some(({ kind }) => kind === 'answer-accuracy');
  const rowsOf = (fresh: readonly Rollout[]) =>
    rolloutRows(fresh, {
      tokenizer: parts.bundle.tokenizer,
      terms: stages.terms,
      itemOf: (prompt) => items.get(prompt),
    });
  /** The id keeps two draws of one item apart. */
  const makePrompt = (item: Item, id: string, step: number): OnlinePrompt => {
    if (isAnswerJudged) checkAnswer(item);
    items.set(id, item);
    const prompt = promptOf(parts.bundle, item);
    if (rollout.maskedTwin === null) return { id, prompt };
    const seed = `${training.seed}/${step}/${id}`;
    const masked = blankPatches(parts.bundle, prompt, { ...rollout.maskedTwin, seed });
    return { id, prompt, masked };
  };
  const sampling = toSampling(parts.bundle, {
    ...rollout,
    maxTokens: rollout.maxCompletionTokens,
  });
  return {
    lastSeen: () => ({ items: [...items.keys()], rollouts: rowsOf(rollouts) }),
    async step(step, context) {
      const { signal, klWeight } = context;
      items.clear();
      rollouts = [];
      const meter = new StepMeter();
      const promptsOf = (chosen: readonly Item[], round: number) =>
        prepare(() => chosen.map((item, i) => makePrompt(item, `${item.id}#${round}.${i}`, step)));
      const prompts = promptsOf(await stepItems(recipe, parts, step), 1);
      meter.lap('data');
      const result = await onlineStep(parts.learner, stages, prompts, {
        seed: training.seed,
        step,
        groupSize: rollout.groupSize,
        sampling,
        ...updateOptions(recipe, step, context),
        klWeight,
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
        onStage: meter.add,
      });
      return {
        metrics: { ...result.metrics, ...meter.values() },
        rollouts: rowsOf(result.rollouts),
      };
    },
    dispose,
  };
}

function bindStages(
  recipe: OnlineRecipe,
  parts: Assembled,
  items: ReadonlyMap<string, Item>,
): { readonly stages: OnlineStages; readonly dispose: () => void } {
  const { rollout, advantage } = recipe.slots;
  const objective = compileObjective(parts.policy.runtime, recipe.slots.objective);
  const reward = compileReward(recipe.slots.reward);
  const examine = examiner(recipe.slots.reward);
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
      return { text, terms: score.terms.map((term) => term ?? Number.NaN), ...examine(item, text) };
    },
    terms: reward.ids,
    weights: reward.weights,
    advantages: (input) => computeAdvantages(advantage, input),
    objective,
    ...(parts.reference === undefined ? {} : { reference: parts.reference }),
    ignoreTruncated: rollout.truncated === 'mask',
  };
  return { stages, dispose: () => objective.dispose() };
}

/** Reads answers as the accuracy term does, whether or not there is one. */
function examiner({ terms }: RewardChoice) {
  const term = terms.find((entry) => entry.kind === 'answer-accuracy');
  const { tag, fallback } = term ?? { tag: 'answer', fallback: 'none' as const };
  const judgeable = new WeakMap<Item, boolean>();
  return (item: Item, text: string) => {
    const extracted = readAnswer(text, tag, fallback) ?? null;
    const isJudgeable = judgeable.get(item) ?? hasVerifier(item);
    judgeable.set(item, isJudgeable);
    if (!isJudgeable) return { extracted, isRight: null };
    return { extracted, isRight: extracted !== null && verifyAnswer(item, extracted).isCorrect };
  };
}

function hasVerifier(item: Item): boolean {
  try {
    checkVerifier(item);
    return true;
  } catch {
    return false;
  }
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

function refuseMaskedGradient({ slots }: OnlineRecipe): void {
  if (!slots.objective.perception?.throughMasked) return;
  throw new LabError(
    'recipe/invalid',
    '[objective.perception] this engine computes no gradient through the masked pass',
    { hint: 'set objective.perception.throughMasked to false' },
  );
}
