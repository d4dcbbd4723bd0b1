/** The answer is the given text, up to case, spacing and punctuation around it. */
import { z } from 'zod';
import { defineVerifier, verdictOf } from './define.ts';
import { normaliseText } from './text.ts';

export const exact = defineVerifier({
  kind: 'exact',
  meaning: 'the same text',
  params: { text: z.string() },
  judge: (answer, { text }) => verdictOf(normaliseText(answer) === normaliseText(text)),
});
