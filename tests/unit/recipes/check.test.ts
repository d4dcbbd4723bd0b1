/** Recipes as they are typed: every problem with its field, line and hint, and nothing thrown. */
import { describe, expect, it } from 'vitest';
import { checkRecipe } from '../../../src/engine/recipes/check.ts';

const check = (yaml: string, slots = {}) =>
  checkRecipe({ base: { recipe: 'grpo', slots: {} }, yaml, slots });
const problems = (yaml: string, slots = {}) => check(yaml, slots).problems;

it('what is right is resolved', () => {
  expect(check('training: { steps: 7 }')).toMatchObject({
    ok: true,
    problems: [],
    resolved: { training: { steps: 7 } },
  });
});

describe('problems', () => {
  it('come all at once, with line and nearest field', () => {
    expect(problems('data:\n  shufle: true\nrollout:\n  groupSize: many\n')).toMatchObject([
      { path: 'data.shufle', line: 2, hint: expect.stringContaining('data.shuffle') },
      { path: 'rollout.groupSize', line: 4, severity: 'error' },
    ]);
  });

  it('of places name what is not there', () => {
    const found = problems('data: { tasks: { folow: 1 }, mediaRoot: /no/where }', {
      model: { path: '/no/model' },
      evaluation: { source: '/no/file.jsonl' },
    });
    expect(found.map(({ path }) => path)).toEqual([
      'data.tasks.folow',
      'data.mediaRoot',
      'evaluation.source',
      'model.path',
    ]);
    expect(found[0]?.hint).toContain("'follow'");
    expect(problems('data: { split: trian }')).toMatchObject([{ path: 'data.split' }]);
    expect(problems('data: { tasks: { follow: 1 }, difficulty: [90, 99] }')).toMatchObject([
      { path: 'data.difficulty' },
    ]);
  });

  it('of numbers that do not go together are errors or warnings', () => {
    const list = problems('', {
      training: { promptsPerStep: 7, updatesPerStep: 2, steps: 500 },
      model: { lora: { dropout: 0.1 } },
      objective: { kl: null },
      schedule: { warmupSteps: 900 },
    });
    expect(list.map(({ path, severity }) => `${severity} ${path}`).sort()).toEqual([
      'error model.lora.dropout',
      'warning model.reference',
      'warning schedule.warmupSteps',
      'warning training.checkpointEvery',
      'warning training.updatesPerStep',
    ]);
  });

  it('of the whole recipe point to the field that mends them', () => {
    expect(problems('', { model: { reference: null } })).toMatchObject([
      { path: 'model.reference' },
    ]);
    expect(problems('rollout: { groupSize: 1 }')).toMatchObject([
      { path: 'rollout.groupSize', message: 'expected at least 2, got 1', line: 1 },
    ]);
    expect(
      problems('reward: { terms: [{ kind: format-tags }, { kind: format-tags }] }'),
    ).toMatchObject([{ path: 'reward.terms' }]);
  });
});

it.each([
  ['data: [', ''],
  ['- a\n- b', ''],
  ['recipe: grpx', 'recipe'],
  ['recipe: 7', ''],
  ['a: &a [1]\nb: [*a, *a, *a]', 'a'],
  ['__proto__: { x: 1 }', '__proto__'],
])('%j is told and not thrown', (yaml, path) => {
  const result = check(yaml);
  expect(result).toMatchObject({ ok: false, resolved: null });
  expect(result.problems[0]?.path).toBe(path);
});

it('a draft without a recipe says so', () => {
  expect(checkRecipe({ base: { recipe: null, slots: {} } }).problems).toMatchObject([
    { path: 'recipe' },
  ]);
});
