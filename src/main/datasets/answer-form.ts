/** What an answer looks like. Comes in: its text. Goes out: number, choice (a letter), word or text. */
export type AnswerForm = 'number' | 'choice' | 'word' | 'text';

const NUMBER = /^[-+−]?\s*[$€£]?\s*(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?([eE][-+]?\d+)?\s*%?$/;
const CHOICE = /^\(?[A-Ja-j]\)?[.:]?$/;

export function formOf(answer: string): AnswerForm {
  const text = answer.trim();
  if (CHOICE.test(text)) return 'choice';
  if (/\d/.test(text) && NUMBER.test(text)) return 'number';
  // A fraction is a number too.
  if (/^[-+−]?\d+\s*\/\s*\d+$/.test(text)) return 'number';
  return /\s/.test(text) ? 'text' : 'word';
}
