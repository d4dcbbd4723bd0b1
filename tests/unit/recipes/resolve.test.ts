/** Recipes resolve slot by slot; what does not fit is refused with the field and the nearest one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { PlainObject } from '../../../src/engine/recipes/define.ts';
import { recipes } from '../../../src/engine/recipes/index.ts';
import { editDistance, nearestName } from '../../../src/engine/recipes/nearest.ts';
import {
  parseOverrides,
  readOverrides,
  resolveRecipe,
} from '../../../src/engine/recipes/resolve.ts';
import { LabError } from '../../../src/shared/errors.ts';
import { mergeSlots } from '../../../src/shared/merge-slots.ts';

function errorOf(call: () => unknown): LabError {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof LabError) return thrown;
    throw thrown;
  }
  throw new Error('expected an error');
}

function problemFields(error: LabError): string[] {
  // As recipes/explain.ts writes them.
  const problems = (error.details?.['problems'] ?? []) as { field: string }[];
  return problems.map((problem) => problem.field).sort();
}

function online(id: string, overrides: PlainObject = {}) {
  const recipe = resolveRecipe(id, overrides);
  if (recipe.shape !== 'online-rl') throw new Error(`${id} is not online RL`);
  return recipe.slots;
}

describe('every recipe', () => {
  it.each(Object.values(recipes))('$id resolves, names its paper and what differs', (recipe) => {
    const resolved = resolveRecipe(recipe.id);
    expect(resolved.lineage.at(-1)).toBe(recipe.id);
    expect(resolved.slots.objective.kind).toBe(
      { 'online-rl': 'policy', preference: 'preference', supervised: 'supervised' }[recipe.shape],
    );
    expect(recipe.differs.length).toBeGreaterThan(20);
    if (recipe.id !== 'sft') expect(recipe.paper).toMatch(/^arXiv:\d{4}\.\d{5}$/);
    if (recipe.parent !== null) expect(recipe.differs).toMatch(/^as /);
  });

  it.each(Object.values(recipes))('$id is plain data', (recipe) => {
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
  });

  it.each(Object.keys(recipes))(
    '%s resolves to itself when its resolved slots are laid over it',
    (id) => {
      const resolved = resolveRecipe(id);
      // Resolved slots are plain data again.
      expect(resolveRecipe(id, JSON.parse(JSON.stringify(resolved.slots)) as PlainObject)).toEqual(
        resolved,
      );
    },
  );
});

describe('slots', () => {
  it('take the choices of the papers', () => {
    expect(online('dapo').objective).toMatchObject({
      surrogate: { kind: 'ppo-clip', low: 0.2, high: 0.28 },
      kl: null,
      aggregate: { kind: 'global-token-mean' },
    });
    expect(online('gspo').objective).toMatchObject({
      ratio: { kind: 'sequence' },
      surrogate: { low: 3e-4, high: 4e-4 },
    });
    expect(online('lite-ppo').advantage.kind).toBe('batch-std');
    expect(online('papo').objective.perception).toMatchObject({
      coefficient: 0.02,
      ratio: 'masked-over-clean',
      throughMasked: false,
    });
  });

  it('Dr.GRPO divides by the cap of its rollouts', () => {
    const { objective } = online('dr-grpo', { rollout: { maxCompletionTokens: 77 } });
    expect(objective.aggregate).toEqual({ kind: 'constant-length', length: 77 });
  });

  it('overrides change one field and leave its neighbours', () => {
    const slots = online('grpo', {
      rollout: { groupSize: 4 },
      objective: { surrogate: { high: 0.3 } },
    });
    expect(slots.rollout.groupSize).toBe(4);
    expect(slots.rollout.temperature).toBe(1);
    expect(slots.objective.surrogate).toEqual({
      kind: 'ppo-clip',
      low: 0.2,
      high: 0.3,
      delta: null,
    });
  });

  it('another kind replaces the whole choice', () => {
    const { objective } = online('grpo', { objective: { surrogate: { kind: 'sapo' } } });
    expect(objective.surrogate).toEqual({ kind: 'sapo', tauPositive: 1, tauNegative: 1.05 });
  });

  it('merging leaves both sides alone', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const left = Object.freeze({ x: a }) as PlainObject;
        const right = Object.freeze({ x: b }) as PlainObject;
        const before = JSON.stringify([left, right]);
        mergeSlots(left, right);
        expect(JSON.stringify([left, right])).toBe(before);
      }),
    );
  });
});

describe('refusals', () => {
  it.each<[string, PlainObject, RegExp, RegExp]>([
    ['a misspelt slot', { trainig: { steps: 3 } }, /unknown field 'trainig'/, /mean 'training'/],
    [
      'a misspelt field',
      { objective: { raito: { kind: 'token' } } },
      /unknown field 'objective\.raito'/,
      /mean 'objective\.ratio'/,
    ],
    [
      'a field of another choice',
      { objective: { surrogate: { kind: 'sapo', tauPositve: 2 } } },
      /unknown field 'objective\.surrogate\.tauPositve'/,
      /tauPositive/,
    ],
    [
      'a field inside a list',
      { reward: { terms: [{ kind: 'format-tags', wieght: 1 }] } },
      /unknown field 'reward\.terms\.0\.wieght'/,
      /weight/,
    ],
    [
      'a misspelt kind',
      { advantage: { kind: 'group-nrom' } },
      /'advantage\.kind': expected one of group-norm.*got "group-nrom"/,
      /mean 'group-norm'/,
    ],
    [
      'snake case',
      { rollout: { group_size: 4 } },
      /unknown field 'rollout\.group_size'/,
      /groupSize/,
    ],
    [
      'a wrong type',
      { training: { steps: 'many' } },
      /'training\.steps'.*expected number.*got "many"/,
      /recipe show/,
    ],
    ['a number out of range', { rollout: { topP: 1.5 } }, /'rollout\.topP'/, /recipe show/],
    ['a group of one', { rollout: { groupSize: 1 } }, /expected at least 2, got 1/, /compared/],
    ['not a slot at all', { rollout: 7 }, /'rollout'/, /recipe show/],
    [
      'a prototype',
      JSON.parse('{"__proto__": {"steps": 1}}') as PlainObject,
      /unknown field '__proto__'/,
      /Fields here are/,
    ],
  ])('%s', (_, overrides, message, hint) => {
    const error = errorOf(() => resolveRecipe('grpo', overrides));
    expect(error.code).toBe('recipe/invalid');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  it('lists every problem in its details', () => {
    const error = errorOf(() =>
      resolveRecipe('grpo', { training: { steps: 0, sede: 1 }, modle: {} }),
    );
    expect(problemFields(error)).toEqual(['modle', 'training.sede', 'training.steps']);
  });

  it('a recipe that does not exist', () => {
    const error = errorOf(() => resolveRecipe('gpro'));
    expect(error.code).toBe('recipe/unknown');
    expect(error.hint).toMatch(/mean 'grpo'/);
    expect(errorOf(() => resolveRecipe('constructor')).code).toBe('recipe/unknown');
  });

  it.each<[string, PlainObject, string]>([
    ['grpo', { model: { reference: null } }, 'refLogprobs'],
    ['papo', { rollout: { maskedTwin: null } }, 'maskedLogprobs'],
    ['dpo', { model: { reference: null } }, 'refLogprobs'],
  ])('%s without what its stages need', (id, overrides, column) => {
    const error = errorOf(() => resolveRecipe(id, overrides));
    expect(error.code).toBe('recipe/missing-column');
    expect(error.details?.['column']).toBe(column);
    expect(error.hint).toMatch(/set /);
  });
});

describe('override files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-recipes-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are YAML or JSON with slots at the top', () => {
    const path = join(folder, 'quick.yaml');
    writeFileSync(
      path,
      '# a note\nrecipe: grpo\nnote: quick look\ntraining:\n  steps: 3\nobjective: { kl: null }\n',
    );
    expect(readOverrides(path)).toEqual({
      recipe: 'grpo',
      note: 'quick look',
      slots: { training: { steps: 3 }, objective: { kl: null } },
    });
    expect(parseOverrides('{"training": {"steps": 3}}')).toEqual({
      recipe: null,
      note: '',
      slots: { training: { steps: 3 } },
    });
    expect(parseOverrides('')).toEqual({ recipe: null, note: '', slots: {} });
  });

  it('are refused with a typed error when they are something else', () => {
    const bomb = [
      'a: &a [1,1,1,1,1,1,1,1]',
      ...Array.from(
        { length: 12 },
        (_, i) => `b${i}: &b${i} [${`*${i === 0 ? 'a' : `b${i - 1}`},`.repeat(8)}]`,
      ),
    ].join('\n');
    for (const text of [
      'a: [1,',
      '- 1\n- 2',
      '42',
      'recipe: 7',
      'a: 1\na: 2',
      bomb,
      `x: ${'y'.repeat(300_000)}`,
      '!!js/function "x"',
    ]) {
      const error = errorOf(() => parseOverrides(text));
      expect(error.code).toBe('recipe/invalid');
    }
    expect(errorOf(() => readOverrides(join(folder, 'none.yaml'))).code).toBe('file/missing');
    expect(errorOf(() => readOverrides(folder)).code).toBe('file/unsafe');
  });
});

describe('nearest names', () => {
  it('counts edits and swaps', () => {
    expect(editDistance('ratio', 'raito')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
  });
  it('says nothing when nothing is near', () => {
    expect(nearestName('zzzzzzzz', ['ratio', 'kl'])).toBeUndefined();
    expect(nearestName('Group_Size', ['groupSize', 'topK'])).toBe('groupSize');
  });
});

describe('a mixture of tasks or difficulties', () => {
  it('replaces the one below it instead of joining it', () => {
    const below = { data: { tasks: { follow: 1 }, difficulty: { '1': 1, '3': 5 }, seed: 4 } };
    const over = { data: { tasks: { at: 2 }, difficulty: { '2': 1 } } };
    expect(mergeSlots(below, over)).toEqual({
      data: { tasks: { at: 2 }, difficulty: { '2': 1 }, seed: 4 },
    });
  });
});
