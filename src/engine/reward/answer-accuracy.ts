/**
 * Reads the answer out of a completion and lets the sample's verifier judge it: 1 or 0, or the
 * verifier's closeness (IoU, F1, ...) if credit is graded. No readable answer scores 0.
 */
import { z } from 'zod';
import { defineReward } from './define.ts';
import { findOnlyBlock, mentionsTag } from './tags.ts';
import { verifyAnswer } from './verify/index.ts';

/**
 * The answer text, or undefined. With `fallback: 'whole'` a completion that does not use the tag at
 * all is an answer as it stands (base models); a broken or repeated tag never is.
 */
export function readAnswer(
  text: string,
  tag: string,
  fallback: 'none' | 'whole',
): string | undefined {
  const block = findOnlyBlock(text, tag);
  if (block !== undefined) return block.content.trim();
  return fallback === 'whole' && !mentionsTag(text, tag) ? text.trim() : undefined;
}

export const answerAccuracy = defineReward({
  id: 'answer-accuracy',
  meaning: "the answer is right by the sample's own verifier",
  range: [0, 1],
  params: {
    tag: z
      .string()
      .min(1)
      .default('answer')
      .meta({ description: 'The answer stands between <tag> and </tag>.', isAdvanced: true }),
    fallback: z
      .enum(['none', 'whole'])
      .default('none')
      .meta({
        description: 'What counts as the answer where the tag does not occur.',
        options: { none: 'nothing: it scores 0', whole: 'the whole completion (base models)' },
        isAdvanced: true,
      }),
    credit: z
      .enum(['all-or-nothing', 'graded'])
      .default('all-or-nothing')
      .meta({
        description: 'Pay for nearly right answers.',
        options: { 'all-or-nothing': '1 or 0', graded: "the verifier's closeness: IoU, F1, ..." },
      }),
  },
  score(sample, completion, { tag, fallback, credit }) {
    const answer = readAnswer(completion.text, tag, fallback);
    if (answer === undefined) return 0;
    const verdict = verifyAnswer(sample, answer);
    return credit === 'graded' ? verdict.closeness : Number(verdict.isCorrect);
  },
});
