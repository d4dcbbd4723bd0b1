/**
 * Text-only puzzles: put people in order from shuffled hints, and keep track of who holds which
 * colour through swaps. Difficulty is the number of people less two (order) or of swaps (swap).
 */

import type { Rng } from '../../rng.ts';
import { COLOURS, NAMES } from '../lexicon.ts';
import type { SampleBody, TaskDefinition } from '../types.ts';

/** Neighbours that only `combos` shows. */
function isHeldOutCouple(first: string, second: string): boolean {
  return (NAMES.indexOf(first) * 6 + NAMES.indexOf(second)) % 7 === 3;
}

function textBody(
  question: string,
  answer: string,
  steps: readonly string[],
  meta: SampleBody['meta'],
): SampleBody {
  return {
    images: [],
    question,
    answer,
    answerType: 'order',
    verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
    caption: '',
    boxes: [],
    steps,
    thought: steps.join(' '),
    meta,
  };
}

export const order: TaskDefinition = {
  id: 'order',
  about: 'put people in order from shuffled hints about neighbours',
  levels: [1, 3],
  harderLevels: [4, 4],
  guessBound: 0.1,
  draft(rng, { difficulty, heldOut }) {
    for (;;) {
      const people = rng.sample(NAMES, difficulty + 2);
      const couples = people
        .slice(1)
        .map((second, index): [string, string] => [people[index] ?? '', second]);
      if (couples.some(([first, second]) => isHeldOutCouple(first, second)) !== heldOut) continue;
      const hints = rng
        .shuffle(couples)
        .map(([first, second]) =>
          rng.chance(0.5) ? `${first} is before ${second}` : `${second} is after ${first}`,
        );
      const question = `who is first to last . ${hints.join(' . ')}`;
      return {
        content: hints.join('.'),
        heldOut,
        finish: () =>
          textBody(
            question,
            people.join(' '),
            couples.map(([first, second]) => `${first} before ${second}`),
            { people, hints },
          ),
      };
    }
  },
};

/** Holders in a swap puzzle. */
const HOLDERS = 4;

export const swap: TaskDefinition = {
  id: 'swap',
  about: 'say what each person holds after a series of swaps',
  levels: [1, 5],
  harderLevels: [6, 8],
  guessBound: 0.1,
  draft(rng, { difficulty, heldOut }) {
    for (;;) {
      const people = NAMES.slice(0, HOLDERS);
      const colours = rng.sample(COLOURS, HOLDERS);
      const swaps = drawSwaps(rng, difficulty);
      const unusual = people.some(
        (person, index) =>
          (NAMES.indexOf(person) * 5 + COLOURS.indexOf(colours[index] ?? 'red')) % 7 === 2,
      );
      if (unusual !== heldOut) continue;
      const held = [...colours];
      const steps = swaps.map(([left, right]) => {
        const kept = held[left] ?? 'red';
        held[left] = held[right] ?? 'red';
        held[right] = kept;
        return `${people[left]} ${held[left]} ${people[right]} ${held[right]}`;
      });
      const has = people.map((person, index) => `${person} has ${colours[index]}`).join(' ');
      const told = swaps
        .map(([left, right]) => `swap ${people[left]} ${people[right]}`)
        .join(' . ');
      return {
        content: `${has} ${told}`,
        heldOut: unusual,
        finish: () =>
          textBody(`what has each . ${has} . ${told}`, held.join(' '), steps, {
            people,
            colours,
            swaps,
          }),
      };
    }
  },
};

/** Pairs of holders, never the same pair twice in a row. */
function drawSwaps(rng: Rng, count: number): (readonly [number, number])[] {
  const swaps: (readonly [number, number])[] = [];
  while (swaps.length < count) {
    const [left = 0, right = 1] = rng.sample([...Array(HOLDERS).keys()], 2).sort((a, b) => a - b);
    const last = swaps[swaps.length - 1];
    if (last === undefined || last[0] !== left || last[1] !== right) swaps.push([left, right]);
  }
  return swaps;
}
