/**
 * Reading a bar chart: which bar is tallest or shortest, a height, a sum or difference, the spread.
 * Difficulty is the kind of question, by how many readings it joins.
 */
import { type Asked, levelY, numberAsked, paper, TOP, wordAsked } from '../chart-paper.ts';
import { COLOURS, type Colour, cellName, PALETTE, sayNumber } from '../lexicon.ts';
import { CELL } from '../scenes.ts';
import type { Evidence, SampleBody, TaskDefinition } from '../types.ts';

const BARS = 4;

interface Bar {
  readonly colour: Colour;
  readonly value: number;
}

/** Colour-height pairs that only `combos` shows. */
function isHeldOutBar({ colour, value }: Bar): boolean {
  return (COLOURS.indexOf(colour) * TOP + value) % 11 === 0;
}

export const bar: TaskDefinition = {
  id: 'bar',
  about: 'read a bar chart: tallest or shortest bar, a height, a sum, the spread',
  levels: [1, 3],
  harderLevels: [4, 4],
  guessBound: 0.3,
  draft(rng, { difficulty, heldOut }) {
    for (;;) {
      const values = rng.sample(
        [...Array(TOP).keys()].map((value) => value + 1),
        BARS,
      );
      const bars = rng
        .sample(COLOURS, BARS)
        .map((colour, index): Bar => ({ colour, value: values[index] ?? 1 }));
      if (bars.some(isHeldOutBar) !== heldOut) continue;
      const asked = askBars(difficulty, bars, rng.sample([...bars.keys()], 2), rng.chance(0.5));
      if (asked === undefined) continue;
      const { columns, ...rest } = asked;
      return {
        content: bars.map(({ colour, value }) => `${colour}${value}`).join(','),
        heldOut,
        finish: (renderRng) => ({
          ...rest,
          images: [drawBars(bars, renderRng.float(10, 13))],
          caption: bars.map(({ colour, value }) => `${colour} ${sayNumber(value)}`).join(' '),
          boxes: columns.map((column): Evidence => {
            const value = bars[column]?.value ?? 0;
            return {
              image: 0,
              x0: column * CELL,
              y0: levelY(value),
              x1: (column + 1) * CELL,
              y1: levelY(0),
              what: `${bars[column]?.colour} ${sayNumber(value)}`,
            };
          }),
          thought: rest.steps.join(' '),
          // A cell belongs to the bar when the bar covers its middle.
          patchLabels: Array.from({ length: 4 * BARS }, (_, cell) => {
            const middle = (Math.floor(cell / BARS) + 0.5) * CELL;
            const here = bars[cell % BARS];
            return [
              here !== undefined && levelY(here.value) <= middle ? here.colour : '.',
              cellName(cell % BARS, Math.floor(cell / BARS)),
            ];
          }),
          meta: { bars },
        }),
      };
    }
  },
};

function askBars(
  difficulty: number,
  bars: readonly Bar[],
  [one = 0, two = 1]: readonly number[],
  flip: boolean,
): Asked | undefined {
  const say = (index: number): string =>
    `${bars[index]?.colour} ${sayNumber(bars[index]?.value ?? 0)}`;
  const [first, second] = [bars[one], bars[two]];
  const byValue = [...bars.keys()].sort(
    (left, right) => (bars[left]?.value ?? 0) - (bars[right]?.value ?? 0),
  );
  const [lowest = 0, highest = 0] = [byValue[0], byValue[byValue.length - 1]];
  if (first === undefined || second === undefined) return undefined;
  switch (difficulty) {
    case 1: {
      const winner = flip ? highest : lowest;
      const colours = bars.map(({ colour }) => colour);
      return wordAsked(
        flip ? 'which bar is tallest' : 'which bar is shortest',
        colours[winner] ?? '',
        colours,
        bars.map((_, index) => say(index)),
        [winner],
      );
    }
    case 2:
      return numberAsked(`how tall is the ${first.colour} bar`, first.value, [say(one)], [one]);
    case 3: {
      const value = flip ? first.value + second.value : first.value - second.value;
      if (value < 0) return undefined;
      return numberAsked(
        `how many is ${first.colour} ${flip ? 'plus' : 'minus'} ${second.colour}`,
        value,
        [say(one), say(two)],
        [one, two],
      );
    }
    default: {
      const value = (bars[highest]?.value ?? 0) - (bars[lowest]?.value ?? 0);
      return numberAsked(
        'how many is highest minus lowest',
        value,
        [`highest ${say(highest)}`, `lowest ${say(lowest)}`],
        [highest, lowest],
      );
    }
  }
}

function drawBars(bars: readonly Bar[], width: number): SampleBody['images'][number] {
  const canvas = paper(BARS);
  bars.forEach(({ colour, value }, column) => {
    const middle = (column + 0.5) * CELL;
    canvas.rectangle(
      { x0: middle - width / 2, y0: levelY(value), x1: middle + width / 2, y1: levelY(0) + 1 },
      PALETTE[colour],
    );
  });
  return canvas.image();
}
