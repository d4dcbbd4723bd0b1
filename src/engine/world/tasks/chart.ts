/**
 * Reading charts: bars (which is tallest, a height, a sum, the spread), a line (a value, its peak,
 * its steepest rise) and a clock. One bar or point stands in each column of image tokens; heights
 * are whole units of one grid line each. Difficulty is the number of readings that must be joined.
 */
import { cellName, COLOURS, type Colour, PALETTE, type Rgb, sayNumber } from '../lexicon.ts';
import { Canvas } from '../raster.ts';
import { CELL } from '../scenes.ts';
import type { AnswerType, Evidence, SampleBody, TaskDefinition, Verifier } from '../types.ts';

const BARS = 4;
const POINTS = 6;
/** Highest value; a unit is `UNIT` pixels and the ground lies `GROUND` pixels above the lower edge. */
const TOP = 8;
const UNIT = 7;
const GROUND = 4;
const HEIGHT = 4 * CELL;
const PAPER: Rgb = [26, 26, 44];
const GRID: Rgb = [62, 62, 84];

type Asked = Pick<SampleBody, 'question' | 'answer' | 'answerType' | 'verifier' | 'steps'> & { readonly columns: readonly number[] };

function levelY(value: number): number {
  return HEIGHT - GROUND - value * UNIT;
}

function paper(columns: number): Canvas {
  const canvas = new Canvas(columns * CELL, HEIGHT, PAPER);
  for (let value = 0; value <= TOP; value++) {
    canvas.rectangle({ x0: 0, y0: levelY(value), x1: columns * CELL, y1: levelY(value) + 1 }, GRID);
  }
  return canvas;
}

function numberAsked(question: string, value: number, steps: readonly string[], columns: readonly number[]): Asked {
  return { question, answer: sayNumber(value), answerType: 'number', verifier: { kind: 'number', params: { value, tolerance: 0 } }, steps, columns };
}

function wordAsked(question: string, answer: string, options: readonly string[], steps: readonly string[], columns: readonly number[]): Asked {
  const verifier: Verifier = { kind: 'choice', params: { options, correct: options.indexOf(answer) } };
  return { question, answer, answerType: 'word', verifier, steps, columns };
}

interface Bar { readonly colour: Colour; readonly value: number }

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
      const values = rng.sample([...Array(TOP).keys()].map((value) => value + 1), BARS);
      const bars = rng.sample(COLOURS, BARS).map((colour, index): Bar => ({ colour, value: values[index] ?? 1 }));
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
            return { image: 0, x0: column * CELL, y0: levelY(value), x1: (column + 1) * CELL, y1: levelY(0), what: `${bars[column]?.colour} ${sayNumber(value)}` };
          }),
          thought: rest.steps.join(' '),
          // A cell belongs to the bar when the bar covers its middle.
          patchLabels: Array.from({ length: 4 * BARS }, (_, cell) => {
            const middle = (Math.floor(cell / BARS) + 0.5) * CELL;
            const here = bars[cell % BARS];
            return [here !== undefined && levelY(here.value) <= middle ? here.colour : '.', cellName(cell % BARS, Math.floor(cell / BARS))];
          }),
          meta: { bars },
        }),
      };
    }
  },
};

function askBars(difficulty: number, bars: readonly Bar[], [one = 0, two = 1]: readonly number[], flip: boolean): Asked | undefined {
  const say = (index: number): string => `${bars[index]?.colour} ${sayNumber(bars[index]?.value ?? 0)}`;
  const [first, second] = [bars[one], bars[two]];
  const byValue = [...bars.keys()].sort((left, right) => (bars[left]?.value ?? 0) - (bars[right]?.value ?? 0));
  const [lowest = 0, highest = 0] = [byValue[0], byValue[byValue.length - 1]];
  if (first === undefined || second === undefined) return undefined;
  switch (difficulty) {
    case 1: {
      const winner = flip ? highest : lowest;
      const colours = bars.map(({ colour }) => colour);
      return wordAsked(flip ? 'which bar is tallest' : 'which bar is shortest', colours[winner] ?? '', colours, bars.map((_, index) => say(index)), [winner]);
    }
    case 2:
      return numberAsked(`how tall is the ${first.colour} bar`, first.value, [say(one)], [one]);
    case 3: {
      const value = flip ? first.value + second.value : first.value - second.value;
      if (value < 0) return undefined;
      return numberAsked(`how many is ${first.colour} ${flip ? 'plus' : 'minus'} ${second.colour}`, value, [say(one), say(two)], [one, two]);
    }
    default: {
      const value = (bars[highest]?.value ?? 0) - (bars[lowest]?.value ?? 0);
      return numberAsked('how many is highest minus lowest', value, [`highest ${say(highest)}`, `lowest ${say(lowest)}`], [highest, lowest]);
    }
  }
}

function drawBars(bars: readonly Bar[], width: number): SampleBody['images'][number] {
  const canvas = paper(BARS);
  bars.forEach(({ colour, value }, column) => {
    const middle = (column + 0.5) * CELL;
    canvas.rectangle({ x0: middle - width / 2, y0: levelY(value), x1: middle + width / 2, y1: levelY(0) + 1 }, PALETTE[colour]);
  });
  return canvas.image();
}

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
      const values = rng.sample([...Array(TOP).keys()].map((value) => value + 1), POINTS);
      const rises = values.slice(1).map((value, index) => value - (values[index] ?? 0));
      const unusual = rises.some((_, index) => isHeldOutRise(values[index] ?? 0, values[index + 1] ?? 0));
      const steepest = Math.max(...rises);
      if (unusual !== heldOut || steepest < 1 || rises.filter((rise) => rise === steepest).length !== 1) continue;
      const colour = rng.pick(COLOURS);
      const asked = askLine(difficulty, values, rises.indexOf(steepest), rng.sample([...values.keys()], 2), rng.chance(0.5));
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
            return { image: 0, x0: column * CELL, y0: Math.max(0, y - CELL / 2), x1: (column + 1) * CELL, y1: Math.min(HEIGHT, y + CELL / 2), what: `${letter(column)} ${sayNumber(values[column] ?? 0)}` };
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

function askLine(difficulty: number, values: readonly number[], steep: number, [one = 0, two = 1]: readonly number[], flip: boolean): Asked | undefined {
  const say = (column: number): string => `${letter(column)} ${sayNumber(values[column] ?? 0)}`;
  const letters = values.map((_, column) => letter(column));
  switch (difficulty) {
    case 1:
      return numberAsked(`what value at ${letter(one)}`, values[one] ?? 0, [say(one)], [one]);
    case 2: {
      const column = values.indexOf(flip ? Math.max(...values) : Math.min(...values));
      return wordAsked(`when is it ${flip ? 'highest' : 'lowest'}`, letter(column), letters, values.map((_, index) => say(index)), [column]);
    }
    case 3: {
      const change = (values[one] ?? 0) - (values[two] ?? 0);
      if (change < 0) return undefined;
      return numberAsked(`how many is ${letter(one)} minus ${letter(two)}`, change, [say(one), say(two)], [one, two]);
    }
    default: {
      const answer = `${letter(steep)} ${letter(steep + 1)}`;
      const answerType: AnswerType = 'words';
      return {
        question: 'where goes it up most', answer, answerType,
        verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
        steps: values.map((_, index) => say(index)), columns: [steep, steep + 1],
      };
    }
  }
}

function drawLine(values: readonly number[], colour: Colour, width: number): SampleBody['images'][number] {
  const canvas = paper(POINTS);
  values.forEach((value, column) => {
    const x = (column + 0.5) * CELL;
    const next = values[column + 1];
    if (next !== undefined) canvas.line(x, levelY(value), x + CELL, levelY(next), width, PALETTE[colour]);
  });
  values.forEach((value, column) => canvas.disc((column + 0.5) * CELL, levelY(value), 2.6, [244, 244, 244]));
  return canvas.image();
}
