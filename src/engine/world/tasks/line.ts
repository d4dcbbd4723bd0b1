/**
 * Reading a line chart: a value, where it peaks, a difference, where it rises most. Difficulty is the
 * kind of question, by how many readings it joins.
 */
import { type Asked, HEIGHT, levelY, numberAsked, paper, TOP, wordAsked } from '../chart-paper.ts';
import { COLOURS, type Colour, cellName, PALETTE, sayNumber } from '../lexicon.ts';
import { CELL } from '../scenes.ts';
import type { AnswerType, Evidence, SampleBody, TaskDefinition } from '../types.ts';

const POINTS = 6;

/** Neighbouring values that only `combos` shows. */
function isHeldOutRise(left: number, right: number): boolean {
  return (left * 3 + right) % 13 === 0;
}

export const line: TaskDefinition = {
  id: 'line',
  about: 'read a line chart: a value, where it peaks, between which points it rises most',
  levels: [1, 3],
  harderLevels: [4, 4],
  guessBound: 0.25,
  draft(rng, { difficulty, heldOut }) {
    for (;;) {
      const values = rng.sample(
        [...Array(TOP).keys()].map((value) => value + 1),
        POINTS,
      );
      const rises = values.slice(1).map((value, index) => value - (values[index] ?? 0));
      const unusual = rises.some((_, index) =>
        isHeldOutRise(values[index] ?? 0, values[index + 1] ?? 0),
      );
      const steepest = Math.max(...rises);
      if (
        unusual !== heldOut ||
        steepest < 1 ||
        rises.filter((rise) => rise === steepest).length !== 1
      )
        continue;
      const colour = rng.pick(COLOURS);
      const asked = askLine(
        difficulty,
        values,
        rises.indexOf(steepest),
        rng.sample([...values.keys()], 2),
        rng.chance(0.5),
      );
      if (asked === undefined) continue;
      const { columns, ...rest } = asked;
      return {
        content: `${colour}:${values.join(',')}`,
        heldOut: unusual,
        finish: (renderRng) => ({
          ...rest,
          images: [drawLine(values, colour, renderRng.float(1.6, 2.4))],
          caption: values.map((value, column) => `${letter(column)} ${sayNumber(value)}`).join(' '),
          boxes: columns.map((column): Evidence => {
            const y = levelY(values[column] ?? 0);
            return {
              image: 0,
              x0: column * CELL,
              y0: Math.max(0, y - CELL / 2),
              x1: (column + 1) * CELL,
              y1: Math.min(HEIGHT, y + CELL / 2),
              what: `${letter(column)} ${sayNumber(values[column] ?? 0)}`,
            };
          }),
          thought: rest.steps.join(' '),
          meta: { values, colour },
        }),
      };
    }
  },
};

function letter(column: number): string {
  return cellName(column, 0).slice(0, 1);
}

function askLine(
  difficulty: number,
  values: readonly number[],
  steep: number,
  [one = 0, two = 1]: readonly number[],
  flip: boolean,
): Asked | undefined {
  const say = (column: number): string => `${letter(column)} ${sayNumber(values[column] ?? 0)}`;
  const letters = values.map((_, column) => letter(column));
  switch (difficulty) {
    case 1:
      return numberAsked(`what value at ${letter(one)}`, values[one] ?? 0, [say(one)], [one]);
    case 2: {
      const column = values.indexOf(flip ? Math.max(...values) : Math.min(...values));
      return wordAsked(
        `when is it ${flip ? 'highest' : 'lowest'}`,
        letter(column),
        letters,
        values.map((_, index) => say(index)),
        [column],
      );
    }
    case 3: {
      const change = (values[one] ?? 0) - (values[two] ?? 0);
      if (change < 0) return undefined;
      return numberAsked(
        `how many is ${letter(one)} minus ${letter(two)}`,
        change,
        [say(one), say(two)],
        [one, two],
      );
    }
    default: {
      const answer = `${letter(steep)} ${letter(steep + 1)}`;
      const answerType: AnswerType = 'words';
      return {
        question: 'where goes it up most',
        answer,
        answerType,
        verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
        steps: values.map((_, index) => say(index)),
        columns: [steep, steep + 1],
      };
    }
  }
}

function drawLine(
  values: readonly number[],
  colour: Colour,
  width: number,
): SampleBody['images'][number] {
  const canvas = paper(POINTS);
  values.forEach((value, column) => {
    const x = (column + 0.5) * CELL;
    const next = values[column + 1];
    if (next !== undefined) {
      canvas.line(x, levelY(value), x + CELL, levelY(next), width, PALETTE[colour]);
    }
  });
  for (const [column, value] of values.entries()) {
    canvas.disc((column + 0.5) * CELL, levelY(value), 2.6, [244, 244, 244]);
  }
  return canvas.image();
}
