/** Answers of charts, clocks, maps, jigsaws and puzzles, worked out again from pixels or by brute force. */
import { describe, expect, it } from 'vitest';
import {
  makeSample,
  type Sample,
  SPLITS,
  type TaskId,
  verify,
  type WorldImage,
} from '../../../src/engine/world/index.ts';
import { nearestColour, pixel } from './pixels.ts';

function samples(task: TaskId, each = 10): Sample[] {
  return SPLITS.flatMap((split) =>
    Array.from({ length: each }, (_, index) => makeSample({ task, split, seed: 13, index })),
  );
}

function picture(sample: Sample): WorldImage {
  const [image] = sample.images;
  if (image === undefined) throw new Error(`${sample.id} has no picture`);
  return image;
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
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
];

function isColourful(rgb: readonly number[]): boolean {
  return Math.max(...rgb) - Math.min(...rgb) > 70;
}

/** Colour and height in units of the bar in a column, by scanning down its middle. */
function readBar(image: WorldImage, column: number): { colour: string; value: number } {
  const x = column * 16 + 8;
  let y = 0;
  while (!isColourful(pixel(image, x, y))) y++;
  return { colour: nearestColour(pixel(image, x, y + 2)), value: Math.round((60 - y) / 7) };
}

/** Height of the white dot in a column. */
function readDot(image: WorldImage, column: number): number {
  let weight = 0;
  let sum = 0;
  for (let y = 0; y < image.height; y++) {
    const white = Math.min(...pixel(image, column * 16 + 8, y)) > 200 ? 1 : 0;
    weight += white;
    sum += white * (y + 0.5);
  }
  return Math.round((60 - sum / weight) / 7);
}

describe('truth of charts and clocks', () => {
  it('bar: every answer follows from the measured bars', () => {
    for (const sample of samples('bar')) {
      const bars = [0, 1, 2, 3].map((column) => readBar(picture(sample), column));
      const value = (colour: string | undefined): number =>
        bars.find((bar) => bar.colour === colour)?.value ?? Number.NaN;
      const values = bars.map((bar) => bar.value);
      const asked = sample.question.split(' ');
      const named = (height: number): string =>
        bars.find((bar) => bar.value === height)?.colour ?? '';
      const expected = sample.question.startsWith('which')
        ? named(asked[3] === 'tallest' ? Math.max(...values) : Math.min(...values))
        : asked[1] === 'tall'
          ? NUMBERS[value(asked[4])]
          : asked[3] === 'highest'
            ? NUMBERS[Math.max(...values) - Math.min(...values)]
            : NUMBERS[
                asked[4] === 'plus'
                  ? value(asked[3]) + value(asked[5])
                  : value(asked[3]) - value(asked[5])
              ];
      expect(sample.answer, `${sample.id}: ${sample.question}`).toBe(expected);
    }
  });

  it('line: every answer follows from the measured dots', () => {
    for (const sample of samples('line')) {
      const values = [0, 1, 2, 3, 4, 5].map((column) => readDot(picture(sample), column));
      const asked = sample.question.split(' ');
      const value = (letter: string | undefined): number =>
        values['abcdef'.indexOf(letter ?? '')] ?? Number.NaN;
      const letter = (index: number): string => 'abcdef'[index] ?? '';
      const rises = values.slice(1).map((next, index) => next - (values[index] ?? 0));
      const steep = rises.indexOf(Math.max(...rises));
      const expected =
        asked[0] === 'what'
          ? NUMBERS[value(asked[3])]
          : asked[0] === 'when'
            ? letter(
                values.indexOf(asked[3] === 'highest' ? Math.max(...values) : Math.min(...values)),
              )
            : asked[0] === 'how'
              ? NUMBERS[value(asked[3]) - value(asked[5])]
              : `${letter(steep)} ${letter(steep + 1)}`;
      expect(sample.answer, `${sample.id}: ${sample.question}`).toBe(expected);
    }
  });

  it('clock: the hands point where the answer says', () => {
    for (const sample of samples('clock')) {
      const image = picture(sample);
      // The minute hand is the only coloured thing between the hour hand and the ticks.
      let [sumX, sumY] = [0, 0];
      for (let turn = 0; turn < 720; turn++) {
        const angle = (turn / 720) * 2 * Math.PI;
        const [x, y] = [Math.sin(angle), -Math.cos(angle)];
        if (isColourful(pixel(image, 32 + 18 * x, 32 + 18 * y)))
          [sumX, sumY] = [sumX + x, sumY + y];
      }
      const minutes = (Math.atan2(sumX, -sumY) / (2 * Math.PI)) * 60;
      const [hour = 0, minute = 0] = sample.answer.split(':').map(Number);
      const off = Math.abs(((minutes - minute + 90) % 60) - 30);
      expect(off, `${sample.id}: ${sample.answer}, measured ${minutes}`).toBeLessThan(0.9);
      const turn = ((hour + minute / 60) / 12) * 2 * Math.PI;
      // At 12 pixels the dark hour hand may lie under the coloured one, but never be paper.
      expect(
        Math.min(...pixel(image, 32 + 10 * Math.sin(turn), 32 - 10 * Math.cos(turn))),
        sample.id,
      ).toBeLessThan(120);
    }
  });
});

describe('truth of maps and jigsaws', () => {
  it('route: lines on the picture make the answer a shortest route', () => {
    for (const sample of samples('route')) {
      const image = picture(sample);
      const places = sample.meta['places'] as number[]; // station order; the labels on the discs are checked by eye
      const centre = (place: number): [number, number] => [
        (place % 3) * 32 + 16,
        Math.floor(place / 3) * 32 + 16,
      ];
      const joined = (a: number, b: number): boolean => {
        const [[ax, ay], [bx, by]] = [centre(a), centre(b)];
        return (
          Math.max(Math.abs(ax - bx), Math.abs(ay - by)) === 32 &&
          [0.36, 0.64].every((t) =>
            isColourful(pixel(image, ax + (bx - ax) * t, ay + (by - ay) * t)),
          )
        );
      };
      const [, , from = '', , to = ''] = sample.question.split(' ');
      const distance = new Map([[from, 0]]);
      const letters = places.map((_, station) => 'abcdefgh'[station] ?? '');
      for (let round = 0; round < 8; round++) {
        for (const [i, a] of places.entries()) {
          for (const [j, b] of places.entries()) {
            const reached = distance.get(letters[i] ?? '');
            if (reached === undefined || !joined(a, b)) continue;
            const other = letters[j] ?? '';
            distance.set(other, Math.min(distance.get(other) ?? 99, reached + 1));
          }
        }
      }
      const stops = sample.answer.split(' ');
      expect(distance.get(to), sample.id).toBe(stops.length - 1);
      expect([stops[0], stops.at(-1)]).toEqual([from, to]);
      expect(sample.difficulty).toBe(stops.length - 1);
      for (let i = 1; i < stops.length; i++) {
        expect(
          joined(
            places[letters.indexOf(stops[i - 1] ?? '')] ?? -1,
            places[letters.indexOf(stops[i] ?? '')] ?? -1,
          ),
          sample.id,
        ).toBe(true);
      }
    }
  });

  it('jigsaw: of all 24 arrangements the answer joins best, by a margin', () => {
    const orders = [...Array(256).keys()]
      .map((code) => [0, 1, 2, 3].map((place) => (code >> (2 * place)) & 3))
      .filter((order) => new Set(order).size === 4);
    for (const sample of samples('jigsaw', 6)) {
      const image = picture(sample);
      const value = (order: readonly number[], x: number, y: number): number[] => {
        const piece = order[(x >= 32 ? 1 : 0) + (y >= 32 ? 2 : 0)] ?? 0;
        return pixel(image, (piece % 2) * 32 + (x % 32), (piece > 1 ? 32 : 0) + (y % 32));
      };
      const seam = (order: readonly number[]): number => {
        let cost = 0;
        for (let t = 0; t < 64; t++) {
          value(order, 31, t).forEach((level, channel) => {
            cost += Math.abs(level - (value(order, 32, t)[channel] ?? 0));
          });
          value(order, t, 31).forEach((level, channel) => {
            cost += Math.abs(level - (value(order, t, 32)[channel] ?? 0));
          });
        }
        return cost;
      };
      const ranked = orders
        .map((order) => ({
          answer: order.map((piece) => NUMBERS[piece + 1]).join(' '),
          cost: seam(order),
        }))
        .sort((a, b) => a.cost - b.cost);
      expect(ranked[0]?.answer, sample.id).toBe(sample.answer);
    }
  });
});

describe('truth of text puzzles', () => {
  it('order: exactly one order of the people satisfies every hint', () => {
    for (const sample of samples('order')) {
      const hints = sample.question
        .split(' . ')
        .slice(1)
        .map((hint) => hint.split(' '));
      const people = [
        ...new Set(hints.flatMap(([first = '', , , second = '']) => [first, second])),
      ];
      const holds = (order: readonly string[]): boolean =>
        hints.every(([first = '', , word, second = '']) =>
          word === 'before'
            ? order.indexOf(first) < order.indexOf(second)
            : order.indexOf(first) > order.indexOf(second),
        );
      expect(
        permutations(people)
          .filter(holds)
          .map((order) => order.join(' ')),
        sample.id,
      ).toEqual([sample.answer]);
    }
  });

  it('swap: playing the swaps gives the answer', () => {
    for (const sample of samples('swap')) {
      const [, has = '', ...swaps] = sample.question.split(' . ');
      const held = new Map(
        [...has.matchAll(/(\w+) has (\w+)/g)].map(([, person = '', colour = '']) => [
          person,
          colour,
        ]),
      );
      for (const swap of swaps) {
        const [, left = '', right = ''] = swap.split(' ');
        const kept = held.get(left) ?? '';
        held.set(left, held.get(right) ?? '').set(right, kept);
      }
      expect([...held.values()].join(' '), sample.id).toBe(sample.answer);
      expect(verify(sample.verifier, sample.answer)).toBe(true);
    }
  });
});

function permutations(items: readonly string[]): string[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
