/** The answer names one option, by its letter (`B`, `(b)`, `b.`, `B: blue`) or by its text. */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { normaliseText } from './text.ts';

export const choice = defineVerifier({
  kind: 'choice',
  meaning: 'the right option, by letter or by text',
  params: { options: z.array(z.string()).min(1).max(26), correct: z.number().int().nonnegative() },
  judge(answer, { options, correct }) {
    const chosen = chooseOption(answer, options);
    return chosen === undefined ? WRONG : verdictOf(chosen === correct);
  },
});

/** Index of the option meant, or undefined. The text of an option wins over a letter. */
function chooseOption(answer: string, options: readonly string[]): number | undefined {
  const given = normaliseText(answer);
  const texts = options.map(normaliseText);
  const byText = texts.indexOf(given);
  if (byText >= 0) return byText;
  const letter = /^\(?([a-z])(?:\)|[.:]|$)\s*(.*)$/.exec(given);
  if (letter?.[1] === undefined) return undefined;
  const index = letter[1].charCodeAt(0) - 'a'.charCodeAt(0);
  const rest = letter[2] ?? '';
  // `B: blue` must agree with itself; `B: red` when red is another option is no answer.
  return index < options.length && (rest === '' || rest === texts[index]) ? index : undefined;
}
