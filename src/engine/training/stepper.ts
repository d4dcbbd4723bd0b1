/**
 * One step of a run, whatever its shape: the recipe's stages bound to the loop that fits them. In: the
 * step's number (from 1). Out: metrics, and rollout rows where there are any. A step depends on the
 * weights, the optimizer, its number and what a person changed by then.
 */
import { LabError } from '../../shared/errors.ts';
import { promptOf, toCompletion } from '../bundle/bundle.ts';
import type { Item } from '../data/item.ts';
import { preferenceStep } from '../loop/preference.ts';
import { supervisedStep } from '../loop/supervised.ts';
import { compilePreference } from '../objective/compile-preference.ts';
import type { ResolvedOf, ResolvedRecipe } from '../recipes/resolve.ts';
import type { Assembled } from './assemble.ts';
import { onlineStepper } from './online-stepper.ts';
import { prepare, StepMeter, type Stepper, stepItems, updateOptions } from './step.ts';

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

function written(item: Item, field: 'completion' | 'rejected'): string {
  const text = item[field];
  if (text !== undefined) return text;
  throw new LabError('dataset/bad-row', `[data] row ${item.id} has no ${field}`, {
    hint: 'supervised training needs `completion`, preference training `chosen` and `rejected`',
  });
}

function supervisedStepper(recipe: ResolvedOf<'supervised'>, parts: Assembled): Stepper {
  let seen: readonly Item[] = [];
  return {
    lastSeen: () => ({ items: seen.map((item) => item.id), rollouts: [] }),
    async step(step, context) {
      const meter = new StepMeter();
      const items = await stepItems(recipe, parts, step);
      seen = items;
      const examples = prepare(() =>
        items.map((item) => ({
          tree: {
            prompt: promptOf(parts.bundle, item),
            branches: [toCompletion(parts.bundle, written(item, 'completion'))],
          },
        })),
      );
      meter.lap('data');
      const options = updateOptions(recipe, step, context);
      const result = await supervisedStep(parts.learner, examples, {
        ...options,
        onStage: meter.add,
      });
      const metrics = {
        'objective/loss': result.loss,
        'gradient/norm': result.gradNorm,
        'optimizer/learning_rate': options.learningRate,
        'data/scored_tokens': result.tokens,
        'data/packed_tokens': result.packedTokens,
        ...meter.values(),
      };
      return { metrics, rollouts: [] };
    },
    dispose: () => undefined,
  };
}

function preferenceStepper(recipe: ResolvedOf<'preference'>, parts: Assembled): Stepper {
  const compiled = compilePreference(parts.policy.runtime, recipe.slots.objective);
  let seen: readonly Item[] = [];
  return {
    lastSeen: () => ({ items: seen.map((item) => item.id), rollouts: [] }),
    async step(step, context) {
      const meter = new StepMeter();
      const items = await stepItems(recipe, parts, step);
      seen = items;
      const pairs = prepare(() =>
        items.map((item) => ({
          prompt: promptOf(parts.bundle, item),
          chosen: toCompletion(parts.bundle, written(item, 'completion')),
          rejected: toCompletion(parts.bundle, written(item, 'rejected')),
        })),
      );
      meter.lap('data');
      if (parts.reference === undefined)
        throw new RangeError('a preference recipe has a reference');
      const metrics = await preferenceStep(parts.learner, parts.reference, compiled, {
        pairs,
        options: { ...updateOptions(recipe, step, context), onStage: meter.add },
      });
      return { metrics: { ...metrics, ...meter.values() }, rollouts: [] };
    },
    dispose: () => compiled.dispose(),
  };
}
