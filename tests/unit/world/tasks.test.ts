/** What every task promises, whatever it asks: reproducible, disjoint, checkable, hard to guess. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  encodePng,
  generate,
  makeSample,
  parseCompletion,
  type Sample,
  SPLITS,
  type Split,
  sampleById,
  TASKS,
  type TaskDefinition,
  type TaskId,
  verify,
} from '../../../src/engine/world/index.ts';

const TASK_IDS = Object.keys(TASKS) as TaskId[]; // Object.keys widens to string
const EACH = 6;

function samples(task: TaskId, split: Split, count = EACH): Sample[] {
  return Array.from({ length: count }, (_, index) => makeSample({ task, split, seed: 17, index }));
}

describe.each(TASK_IDS)('%s', (task) => {
  const bySplit = new Map(SPLITS.map((split) => [split, samples(task, split)]));
  const all = [...bySplit.values()].flat();

  it('is reproducible from its id alone', () => {
    for (const sample of all.filter((_, index) => index % 3 === 0)) {
      const { images, ...labels } = sampleById(sample.id);
      const { images: shown, ...expected } = sample;
      expect(labels).toEqual(expected);
      expect(images.map(({ rgb }) => Buffer.from(rgb).toString('hex'))).toEqual(
        shown.map(({ rgb }) => Buffer.from(rgb).toString('hex')),
      );
    }
  });

  it('keeps to the levels of its split', () => {
    const definition: TaskDefinition = TASKS[task];
    for (const sample of all) {
      const [low, high] = sample.split === 'harder' ? definition.harderLevels : definition.levels;
      expect(sample.difficulty).toBeGreaterThanOrEqual(low);
      expect(sample.difficulty).toBeLessThanOrEqual(high);
    }
  });

  it('accepts the truth and refuses other answers', () => {
    for (const sample of all) {
      expect(verify(sample.verifier, sample.answer), sample.id).toBe(true);
      for (const wrong of [
        '',
        '?',
        `${sample.answer} ${sample.answer}`,
        `${sample.answer} red`,
        'nobody knows',
      ]) {
        expect(verify(sample.verifier, wrong), `${sample.id}: ${wrong}`).toBe(false);
      }
    }
  });

  it('writes completions that parse back', () => {
    for (const sample of all) {
      expect(parseCompletion(sample.trace)).toEqual({
        thought: sample.steps.join(' '),
        answer: sample.answer,
        wellFormed: true,
      });
      expect(parseCompletion(sample.direct)).toMatchObject({
        thought: undefined,
        answer: sample.answer,
        wellFormed: false,
      });
    }
  });

  it('has boxes inside its pictures and one label list per merged token', () => {
    for (const sample of all) {
      for (const box of sample.boxes) {
        const image = sample.images[box.image];
        expect(image, sample.id).toBeDefined();
        expect(
          box.x0 >= 0 &&
            box.y0 >= 0 &&
            box.x1 <= (image?.width ?? 0) &&
            box.y1 <= (image?.height ?? 0) &&
            box.x0 < box.x1 &&
            box.y0 < box.y1,
          `${sample.id} ${JSON.stringify(box)}`,
        ).toBe(true);
      }
      const tokens = sample.images.reduce(
        (sum, { width, height }) => sum + (width / 16) * (height / 16),
        0,
      );
      expect(Number.isInteger(tokens)).toBe(true);
      if (sample.patchLabels !== undefined) expect(sample.patchLabels.length).toBe(tokens);
    }
  });

  it('no fixed answer scores above the stated bound', () => {
    const definition: TaskDefinition = TASKS[task];
    const many = (['train', 'test'] as const).flatMap((split) => samples(task, split, 60));
    const guesses = [...new Set(many.map(({ answer }) => answer))].slice(0, 80);
    const best = Math.max(
      ...guesses.map(
        (guess) => many.filter(({ verifier }) => verify(verifier, guess)).length / many.length,
      ),
    );
    // One fixed answer out of dozens, the best in hindsight: allow a standard error or two of 120 draws.
    expect(best).toBeLessThanOrEqual(definition.guessBound + 0.04);
  });

  it('is drawn as valid PNG files', async () => {
    const sample = all[0];
    for (const image of sample?.images ?? []) {
      const png = await encodePng(image);
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([image.width, image.height, 3]);
      expect(Buffer.compare(data, Buffer.from(image.rgb))).toBe(0);
    }
  });
});

describe('the world', () => {
  it('shows no scene in two splits', () => {
    const shown = new Map<string, Split>();
    for (const task of TASK_IDS) {
      for (const split of SPLITS) {
        for (const { images, question } of samples(task, split, 12)) {
          // Grids of different tasks share one space of scenes; text puzzles have only their question.
          const key =
            images.length === 0
              ? question
              : images.map(({ rgb }) => Buffer.from(rgb).toString('base64')).join();
          expect(shown.get(key) ?? split).toBe(split);
          shown.set(key, split);
        }
      }
    }
  });

  it('lists every definition of its folder under its own id', async () => {
    const folder = join(import.meta.dirname, '../../../src/engine/world/tasks');
    const listed = new Set<unknown>(Object.values(TASKS));
    for (const file of readdirSync(folder).filter((name) => name !== 'index.ts')) {
      const room: Record<string, unknown> = await import(join(folder, file));
      for (const value of Object.values(room)) {
        if (typeof value === 'object' && value !== null && 'draft' in value)
          expect(listed.has(value), file).toBe(true);
      }
    }
    for (const [id, definition] of Object.entries(TASKS)) expect(definition.id).toBe(id);
  });

  it('mixes tasks by weight and continues a stream', () => {
    const mix = [
      { task: 'at', weight: 3 },
      { task: 'follow', weight: 1, difficulties: [2, 3] },
    ] as const;
    const whole = [...generate({ mix, split: 'train', count: 200, seed: 5 })];
    const rest = [...generate({ mix, split: 'train', count: 50, seed: 5, from: 150 })];
    expect(rest.map(({ id }) => id)).toEqual(whole.slice(150).map(({ id }) => id));
    const follows = whole.filter(({ task }) => task === 'follow');
    expect(follows.length).toBeGreaterThan(30);
    expect(follows.length).toBeLessThan(75);
    expect(new Set(follows.map(({ difficulty }) => difficulty))).toEqual(new Set([2, 3]));
  });

  it('refuses unknown tasks, ids and levels with a typed error', () => {
    expect(() => sampleById('nothing/train/1/2/3')).toThrow(/expected one of follow/);
    expect(() => sampleById('follow/train/1/2')).toThrow(/expected an id like/);
    expect(() => sampleById('follow/holdout/1/2/3')).toThrow(/expected an id like/);
    expect(() =>
      makeSample({ task: 'follow', split: 'train', seed: 1, index: 1, difficulty: 9 }),
    ).toThrow(/difficulty of 1..6/);
    expect(() => [...generate({ mix: [], split: 'train', count: 1, seed: 1 })]).toThrow(
      /at least one task/,
    );
  });
});
