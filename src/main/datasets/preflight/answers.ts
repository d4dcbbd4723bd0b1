/**
 * Whether an answer can be judged. Comes in: the answer and verifier of a sample, and what most answers
 * of the dataset look like. Goes out: what is wrong, in words; null when nothing is.
 */
import type { Sample } from '../../../shared/model/sample.ts';
import { type AnswerForm, formOf } from '../answer-form.ts';

/** A share of answers of one form from which the others are worth a look. */
const COMMON = 0.8;
/** A text this long is never given word by word. */
const LONGEST_EXACT = 400;

/** The form that nearly all answers have; null when there is none. */
export function commonForm(counts: Readonly<Record<AnswerForm, number>>): AnswerForm | null {
  const total = counts.number + counts.choice + counts.word + counts.text;
  if (total < 5) return null;
  if (counts.number >= COMMON * total) return 'number';
  return counts.choice >= COMMON * total ? 'choice' : null;
}

export function answerProblem(
  { answer, verifier }: Pick<Sample, 'answer' | 'verifier'>,
  common: AnswerForm | null,
): string | null {
  if (verifier !== null) return verifierProblem(verifier.kind, verifier.params);
  if (answer === null || answer.trim() === '') return null;
  const form = formOf(answer);
  if (common !== null && form !== common) {
    const wanted = common === 'number' ? 'a number' : 'a letter';
    return `most answers are ${wanted}, this one is ${quoted(answer)}`;
  }
  if (answer.length > LONGEST_EXACT) {
    return `${answer.length} characters can hardly be matched word by word`;
  }
  return null;
}

function verifierProblem(kind: string, params: Readonly<Record<string, unknown>>): string | null {
  const items = params['items'];
  switch (kind) {
    case 'exact':
      return isText(params['text']) ? null : 'the verifier has no text to compare with';
    case 'number':
      return Number.isFinite(params['value']) ? null : 'the verifier has no number to compare with';
    case 'choice': {
      const options = params['options'];
      const correct = Number(params['correct']);
      if (!Array.isArray(options) || options.length < 2)
        return 'a choice needs two options or more';
      return Number.isInteger(correct) && correct >= 0 && correct < options.length
        ? null
        : `the right option is number ${String(params['correct'])} of ${options.length}`;
    }
    case 'set':
    case 'sequence':
      return Array.isArray(items) && items.length > 0 ? null : 'the verifier lists no items';
    case 'box':
    case 'point':
      return boxProblem(params['box']);
    case 'interval':
      return Number(params['start']) < Number(params['end'])
        ? null
        : 'the interval ends before it starts';
    case 'path':
      return Array.isArray(params['edges']) && params['edges'].length > 0
        ? null
        : 'the path has no edges';
    default:
      return `there is no verifier called ${quoted(kind)}`;
  }
}

function boxProblem(box: unknown): string | null {
  if (typeof box !== 'object' || box === null) return 'the verifier has no box';
  // Read as numbers; anything else compares as NaN.
  const { x0, y0, x1, y1 } = box as Record<string, unknown>;
  return Number(x0) < Number(x1) && Number(y0) < Number(y1) ? null : 'the box is empty';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
