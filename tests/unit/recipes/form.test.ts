/** The form of every recipe: complete, described, and with the recipe's own values. */
import { describe, expect, it } from 'vitest';
import { recipeFields, slotSchema } from '../../../src/engine/recipes/form.ts';
import { type RecipeId, recipes } from '../../../src/engine/recipes/index.ts';
import { findMetric, listMetrics } from '../../../src/engine/recipes/metrics.ts';
import { resolveRecipe } from '../../../src/engine/recipes/resolve.ts';
import { metricResult, recipeField } from '../../../src/shared/protocol/results.ts';

const ids = Object.keys(recipes) as RecipeId[]; // keys of the roll-call
const fieldsOf = (id: RecipeId) => recipeFields(resolveRecipe(id));
const field = (id: RecipeId, path: string) => fieldsOf(id).find((entry) => entry.path === path);

describe.each(ids)('%s', (id) => {
  it('has a form whose every field says what it is', () => {
    const fields = fieldsOf(id);
    for (const entry of fields) {
      expect(recipeField.parse(entry)).toEqual(entry);
      expect(entry.description, entry.path).not.toBe('');
      for (const option of entry.options) expect(option.description, entry.path).not.toBe('');
    }
    expect(new Set(fields.map(({ group }) => group))).toEqual(
      new Set(
        Object.keys(slotSchema(resolveRecipe(id).shape).properties ?? {}).filter((slot) =>
          fields.some(({ group }) => group === slot),
        ),
      ),
    );
  });

  it('has its own values as defaults, every plain one of them', () => {
    const { slots } = resolveRecipe(id);
    const given = new Map(fieldsOf(id).map((entry) => [entry.path, entry.default]));
    const check = (value: unknown, path: string): void => {
      if (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        !given.has(path)
      ) {
        for (const [key, child] of Object.entries(value)) check(child, `${path}.${key}`);
      } else if (!path.endsWith('.kind') || given.has(path)) {
        expect(given.get(path), path).toEqual(value);
      }
    };
    for (const [slot, value] of Object.entries(slots)) check(value, slot);
  });
});

it('a field of one kind says so, a nullable part has the values it would begin with', () => {
  expect(field('dr-grpo', 'objective.aggregate.length')).toMatchObject({
    when: { path: 'objective.aggregate', kinds: ['constant-length'] },
    isNullable: true,
    unit: 'tokens',
    min: 1,
  });
  expect(field('grpo', 'model.lora')).toMatchObject({
    type: 'object',
    isNullable: true,
    default: null,
  });
  expect(field('grpo', 'model.lora.rank')).toMatchObject({ default: 16, min: 1, max: 4096 });
  expect(field('grpo', 'optimizer.learningRate')).toMatchObject({ isAdvanced: false, when: null });
  expect(field('dapo', 'objective.surrogate.high')).toMatchObject({ default: 0.28 });
  expect(field('grpo', 'reward.terms')?.options.map(({ value }) => value)).toContain('format-tags');
});

it('metrics are listed once, each as its definition', () => {
  const list = listMetrics();
  expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
  for (const metric of list) {
    expect(metricResult.parse(metric)).toEqual(metric);
    if (!metric.isFamily) expect(findMetric(metric.id)).toMatchObject({ unit: metric.unit });
  }
  expect(findMetric('timing/prefill_ms')?.meaning).toContain('part of rollout');
});
