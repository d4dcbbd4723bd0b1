/** Base-training bundles: one picture, right completions, nothing a later stage is meant to teach. */
import { describe, expect, it } from 'vitest';
import {
  BASE_KINDS,
  baseBundle,
  baseSample,
  parseCompletion,
  Rng,
} from '../../../src/engine/world/index.ts';
import { readGrid, spoken } from './pixels.ts';

const bundles = (['captions', 'mix'] as const).flatMap((stage) =>
  Array.from({ length: 40 }, (_, index) => baseBundle({ seed: 3, index, stage })),
);

describe('base material', () => {
  it('is equal for equal requests', () => {
    expect(baseBundle({ seed: 3, index: 4, stage: 'mix' })).toEqual(
      baseBundle({ seed: 3, index: 4, stage: 'mix' }),
    );
    expect(baseBundle({ seed: 4, index: 4, stage: 'mix' })).not.toEqual(
      baseBundle({ seed: 3, index: 4, stage: 'mix' }),
    );
  });

  it('shares one picture object per bundle', () => {
    for (const bundle of bundles)
      expect(new Set(bundle.map(({ images }) => images[0])).size).toBe(1);
  });

  it('tells the truth about every cell it names', () => {
    for (const sample of bundles.flat()) {
      const [image] = sample.images;
      const grid = image === undefined ? [] : readGrid(image);
      for (const [, column = '', row = '', colour, shape] of sample.completion.matchAll(
        / ([a-d])([1-4]) (\w+) (\w+)/g,
      )) {
        expect(
          spoken(grid['abcd'.indexOf(column) + 4 * (Number(row) - 1)]),
          sample.completion,
        ).toBe(`${colour} ${shape}`);
      }
    }
  });

  it('thinks only when asked to, and at most two moves', () => {
    for (const sample of bundles.flat()) {
      const isThought = sample.completion.startsWith('<think>');
      expect(sample.question.endsWith(' think')).toBe(isThought);
      if (isThought) {
        expect(parseCompletion(sample.completion).wellFormed).toBe(true);
        expect(sample.difficulty).toBeLessThanOrEqual(2);
      }
    }
  });

  it('leaves exactly the cells of a reading drill without loss', () => {
    const drills = bundles.flat().filter(({ kind }) => kind === 'read');
    expect(drills.length).toBeGreaterThan(100);
    for (const { completion, unscored, difficulty } of drills) {
      expect(unscored.length).toBe(difficulty);
      for (const [start, end] of unscored)
        expect(completion.slice(start, end)).toMatch(/^ [a-d][1-4]$/);
    }
  });

  it('makes every kind on its own', () => {
    for (const kind of BASE_KINDS)
      expect(baseSample(Rng.from(kind), kind)).toMatchObject({ kind, split: 'train' });
  });
});
