/** Recipe text: what is read, what is written, and that one is the other's way back. */
import { describe, expect, it } from 'vitest';
import { readYaml, writeYaml } from '../../../src/main/recipes/yaml.ts';
import type { RecipeField } from '../../../src/shared/model/recipe.ts';

function field(path: string, description = ''): RecipeField {
  return {
    path,
    title: path,
    group: path.split('.')[0] ?? '',
    description,
    unit: null,
    isAdvanced: false,
    type: 'number',
    isNullable: false,
    min: null,
    max: null,
    options: [],
    default: null,
    when: null,
  };
}

const FIELDS = [
  field('model.path'),
  field('optimizer.learningRate', 'Peak rate; the schedule multiplies it.'),
  field('optimizer.beta2'),
  field('training.steps'),
];

const write = (slots: Parameters<typeof writeYaml>[0], hasComments = false) =>
  writeYaml(slots, { fields: FIELDS, hasComments, recipe: 'grpo', note: '' });

describe('writing', () => {
  it('keeps the order of the form whatever the order of the slots', () => {
    const text = write({
      training: { steps: 5 },
      optimizer: { beta2: 0.98, learningRate: 1e-4 },
      model: { path: 'starter' },
    });
    expect(text).toBe(
      'recipe: grpo\nmodel:\n  path: starter\noptimizer:\n  learningRate: 1e-4\n  beta2: 0.98\ntraining:\n  steps: 5\n',
    );
  });

  it('puts the description of a field above it', () => {
    expect(write({ optimizer: { learningRate: 1 } }, true)).toBe(
      'recipe: grpo\noptimizer:\n  # Peak rate; the schedule multiplies it.\n  learningRate: 1\n',
    );
  });

  it('is read back as what was written', () => {
    const slots = {
      optimizer: { learningRate: 5e-7 },
      data: { suffix: ' think', tasks: { follow: 1 }, difficulty: { '1': 2 }, name: 'a: b # c' },
      list: [1, 'two', null, true],
    };
    const { recipe, ...back } = readYaml(write(slots), 'test').data;
    expect(recipe).toBe('grpo');
    expect(back).toEqual(slots);
  });
});

describe('reading', () => {
  it('knows the line of a field, and of its nearest parent when it is not written', () => {
    const { lineOf } = readYaml('recipe: grpo\n\ntraining:\n  steps: 5\n', 'test');
    expect(lineOf('training.steps')).toBe(4);
    expect(lineOf('training.seed')).toBe(3);
    expect(lineOf('model.path')).toBeNull();
  });

  it.each([
    ['a list', '- 1\n- 2\n'],
    ['a word', 'grpo\n'],
    ['no YAML', 'a: [1\nb: }'],
    ['two keys of one name', 'a: 1\na: 2\n'],
    [
      'a billion laughs',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
        .join('\n')}\n`,
    ],
    ['too much', `a: ${'x'.repeat(300_000)}\n`],
  ])('%s is a typed error', (_, text) => {
    expect(() => readYaml(text, 'test')).toThrow(
      expect.objectContaining({ code: 'recipe/invalid' }),
    );
  });

  it('a field called __proto__ stays plain data', () => {
    const { data } = readYaml('__proto__:\n  polluted: true\n', 'test');
    expect(Object.keys(data)).toEqual(['__proto__']);
    expect({}).not.toHaveProperty('polluted');
  });
});
