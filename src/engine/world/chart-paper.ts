/**
 * What bar and line charts share: the ruled paper, how high a value lies, and how an answer is asked
 * for. One bar or point stands in each column of image tokens; a unit is one grid line.
 */
import { type Rgb, sayNumber } from './lexicon.ts';
import { Canvas } from './raster.ts';
import { CELL } from './scenes.ts';
import type { SampleBody, Verifier } from './types.ts';

/** Highest value; a unit is `UNIT` pixels and the ground lies `GROUND` pixels above the lower edge. */
export const TOP = 8;
const UNIT = 7;
const GROUND = 4;
export const HEIGHT = 4 * CELL;
const PAPER: Rgb = [26, 26, 44];
const GRID: Rgb = [62, 62, 84];

export type Asked = Pick<
  SampleBody,
  'question' | 'answer' | 'answerType' | 'verifier' | 'steps'
> & {
  readonly columns: readonly number[];
};

export function levelY(value: number): number {
  return HEIGHT - GROUND - value * UNIT;
}

export function paper(columns: number): Canvas {
  const canvas = new Canvas(columns * CELL, HEIGHT, PAPER);
  for (let value = 0; value <= TOP; value++) {
    canvas.rectangle({ x0: 0, y0: levelY(value), x1: columns * CELL, y1: levelY(value) + 1 }, GRID);
  }
  return canvas;
}

export function numberAsked(
  question: string,
  value: number,
  steps: readonly string[],
  columns: readonly number[],
): Asked {
  return {
    question,
    answer: sayNumber(value),
    answerType: 'number',
    verifier: { kind: 'number', params: { value, tolerance: 0 } },
    steps,
    columns,
  };
}

export function wordAsked(
  question: string,
  answer: string,
  options: readonly string[],
  steps: readonly string[],
  columns: readonly number[],
): Asked {
  const verifier: Verifier = {
    kind: 'choice',
    params: { options, correct: options.indexOf(answer) },
  };
  return { question, answer, answerType: 'word', verifier, steps, columns };
}
