/** Answers of the grid tasks, worked out again from the pixels alone. */
import { describe, expect, it } from 'vitest';
import { makeSample, type Sample, SPLITS, type TaskId } from '../../../src/engine/world/index.ts';
import { nameAt, readGrid, type Seen, spoken } from './pixels.ts';

/** A few samples of every split. */
function samples(task: TaskId, each = 12): Sample[] {
  return SPLITS.flatMap((split) =>
    Array.from({ length: each }, (_, index) => makeSample({ task, split, seed: 11, index })),
  );
}

function grid(sample: Sample, picture = 0): Seen[] {
  const image = sample.images[picture];
  if (image === undefined) throw new Error(`${sample.id} has no picture ${picture}`);
  return readGrid(image);
}

function words(sample: Sample): string[] {
  return sample.question.split(' ');
}

function at(cells: readonly Seen[], name: string): Seen {
  return cells['abcd'.indexOf(name[0] ?? '') + 4 * (Number(name[1]) - 1)];
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  circle: [1, 0],
  square: [0, 1],
  triangle: [-1, 0],
};

function walk(cells: readonly Seen[], start: string): string[] {
  const path = [start];
  for (let name = start; path.length < 20; path.push(name)) {
    const step = STEPS[at(cells, name)?.shape ?? ''];
    if (step === undefined) return path;
    const column = ('abcd'.indexOf(name[0] ?? '') + step[0] + 4) % 4;
    const row = (Number(name[1]) - 1 + step[1] + 4) % 4;
    name = `${'abcd'[column]}${row + 1}`;
  }
  return path;
}

/** Tests of a pattern such as `red`, `circle` or `red circle`. */
function matching(cells: readonly Seen[], pattern: readonly string[]): number[] {
  return cells.flatMap((seen, index) =>
    seen !== undefined && pattern.every((word) => seen.colour === word || seen.shape === word)
      ? [index]
      : [],
  );
}

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
];

/** The answer from pixels and question, per task. */
const SOLVERS: Partial<Record<TaskId, (sample: Sample) => string>> = {
  follow: (sample) => walk(grid(sample), words(sample)[2] ?? '').at(-1) ?? '',
  caption: (sample) =>
    grid(sample)
      .map((seen, index) => `${nameAt(index)} ${spoken(seen)}`)
      .join(' '),
  read: (sample) =>
    words(sample)
      .slice(1)
      .map((name) => `${name} ${spoken(at(grid(sample), name))}`)
      .join(' '),
  at: (sample) => spoken(at(grid(sample), words(sample)[3] ?? '')),
  step: (sample) => walk(grid(sample), words(sample)[2] ?? '')[1] ?? '',
  attribute: (sample) => {
    const [, kind, , , given = ''] = words(sample);
    const seen = grid(sample)[matching(grid(sample), [given])[0] ?? -1];
    return (kind === 'colour' ? seen?.colour : seen?.shape) ?? '';
  },
  count: (sample) => NUMBERS[matching(grid(sample), words(sample).slice(2)).length] ?? '',
  compare: (sample) => {
    const [, left = '', , right = ''] = words(sample);
    const margin = matching(grid(sample), [left]).length - matching(grid(sample), [right]).length;
    return margin === 0 ? 'equal' : margin > 0 ? left : right;
  },
  relate: (sample) => {
    const asked = words(sample);
    const from = asked.indexOf('from');
    let index = matching(grid(sample), asked.slice(from + 2))[0] ?? -1;
    for (const hop of asked.slice(3, from))
      index += { right: 1, left: -1, above: -4, below: 4 }[hop] ?? Number.NaN;
    return spoken(grid(sample)[index]);
  },
  point: (sample) => nameAt(matching(grid(sample), words(sample).slice(3))[0] ?? -1),
  box: (sample) => {
    const found = matching(grid(sample), words(sample).slice(3));
    const columns = found.map((index) => index % 4);
    const rows = found.map((index) => Math.floor(index / 4));
    return `${nameAt(Math.min(...rows) * 4 + Math.min(...columns))} ${nameAt(Math.max(...rows) * 4 + Math.max(...columns))}`;
  },
  moved: (sample) => {
    const [before, after] = [grid(sample, 0), grid(sample, 1)];
    const left = before.findIndex(
      (seen, index) => seen !== undefined && after[index] === undefined,
    );
    const reached = after.findIndex(
      (seen, index) => seen !== undefined && before[index] === undefined,
    );
    return `${nameAt(left)} ${nameAt(reached)}`;
  },
  'clip-order': (sample) => {
    const [colour = '', shape = '', , way] = words(sample);
    const axis = (index: number): number =>
      way === 'right' || way === 'left' ? index % 4 : Math.floor(index / 4);
    const sign = way === 'right' || way === 'down' ? 1 : -1;
    const places = sample.images.map(
      (_, frame) => matching(grid(sample, frame), [colour, shape])[0] ?? -1,
    );
    return [...places.keys()]
      .sort((a, b) => sign * (axis(places[a] ?? 0) - axis(places[b] ?? 0)))
      .map((frame) => NUMBERS[frame + 1])
      .join(' ');
  },
  'clip-between': (sample) => {
    const first = NUMBERS.indexOf(words(sample)[4] ?? '') - 1;
    const [before, after] = [grid(sample, first), grid(sample, first + 1)];
    const cell = before.findIndex((seen, index) => spoken(seen) !== spoken(after[index]));
    if (before[cell] === undefined) return `${spoken(after[cell])} came`;
    return after[cell] === undefined
      ? `${spoken(before[cell])} gone`
      : `${spoken(before[cell])} became ${after[cell].colour}`;
  },
  'clip-when': (sample) => {
    const there = sample.images.flatMap((_, frame) =>
      matching(grid(sample, frame), words(sample).slice(3, 5)).length > 0 ? [frame + 1] : [],
    );
    return `${NUMBERS[there[0] ?? 0]} ${NUMBERS[there.at(-1) ?? 0]}`;
  },
};

describe('truth from pixels', () => {
  it.each(Object.keys(SOLVERS) as TaskId[])('%s', (task) => {
    // the keys are those written above
    for (const sample of samples(task))
      expect(SOLVERS[task]?.(sample), `${sample.id}: ${sample.question}`).toBe(sample.answer);
  });

  it('a follow sample makes exactly as many moves as its difficulty says', () => {
    for (const sample of samples('follow')) {
      const path = walk(grid(sample), words(sample)[2] ?? '');
      expect(path.length - 1).toBe(sample.difficulty);
      expect(new Set(path).size).toBe(path.length);
      expect(sample.steps.map((step) => step.split(' ')[0])).toEqual(path);
    }
  });

  it('exactly the named transformation maps the first picture onto the second', () => {
    // Written as matrices and offsets around the middle, unlike the world's own table.
    const linear: Readonly<Record<string, readonly [number, number, number, number]>> = {
      'turn right': [0, -1, 1, 0],
      'turn left': [0, 1, -1, 0],
      'turn around': [-1, 0, 0, -1],
      'mirror sideways': [-1, 0, 0, 1],
      'mirror upright': [1, 0, 0, -1],
    };
    const shifts: Readonly<Record<string, readonly [number, number]>> = {
      'shift right': [1, 0],
      'shift left': [-1, 0],
      'shift up': [0, -1],
      'shift down': [0, 1],
    };
    const target = (name: string, index: number): number => {
      const [x, y] = [index % 4, Math.floor(index / 4)];
      const shift = shifts[name];
      if (shift !== undefined) return ((x + shift[0] + 4) % 4) + 4 * ((y + shift[1] + 4) % 4);
      const [a, b, c, d] = linear[name] ?? [1, 0, 0, 1];
      return a * (x - 1.5) + b * (y - 1.5) + 1.5 + 4 * (c * (x - 1.5) + d * (y - 1.5) + 1.5);
    };
    for (const sample of samples('transform')) {
      const [before, after] = [grid(sample, 0), grid(sample, 1)];
      const fits = [...Object.keys(linear), ...Object.keys(shifts)].filter((name) => {
        const moved: string[] = new Array(16).fill('.');
        before.forEach((seen, index) => {
          if (seen !== undefined) moved[target(name, index)] = spoken(seen);
        });
        return after.every((seen, index) => seen === undefined || moved[index] === spoken(seen));
      });
      expect(fits, sample.id).toEqual([sample.answer]);
    }
  });

  it('patch labels name what a merged token shows and where it lies', () => {
    for (const task of ['follow', 'count', 'moved', 'clip-when'] as const) {
      for (const sample of samples(task, 4)) {
        const seen = sample.images.flatMap((_, picture) =>
          grid(sample, picture).map((cell, index) => `${spoken(cell)} ${nameAt(index)}`),
        );
        expect(sample.patchLabels?.map((labels) => labels.join(' '))).toEqual(seen);
      }
    }
  });
});
