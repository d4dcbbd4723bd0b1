/** Roll-call of verifiers, and the one call that judges an answer by the verifier its sample names. */
import type { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import type { RewardSample } from '../../sample.ts';
import { box } from './box.ts';
import { choice } from './choice.ts';
import { MAX_ANSWER_CHARACTERS, type Verdict, WRONG } from './define.ts';
import { exact } from './exact.ts';
import { interval } from './interval.ts';
import { number } from './number.ts';
import { path } from './path.ts';
import { point } from './point.ts';
import { sequence } from './sequence.ts';
import { set } from './set.ts';

export const verifiers = {
  exact,
  number,
  choice,
  set,
  sequence,
  box,
  point,
  interval,
  path,
} as const;
export type VerifierKind = keyof typeof verifiers;

/** A verifier with its parameter type forgotten; `schema` gives it back before `judge` sees it. */
interface AnyVerifier {
  readonly schema: z.ZodType;
  judge(answer: string, params: unknown): Verdict;
}

/**
 * Judges the answer text by the sample's verifier.
 * @throws LabError `dataset/bad-row` if the sample names an unknown verifier or bad parameters.
 */
export function verifyAnswer(sample: RewardSample, answer: string): Verdict {
  const { verifier, params } = parseVerifier(sample);
  return answer.length > MAX_ANSWER_CHARACTERS ? WRONG : verifier.judge(answer, params);
}

/**
 * Whether a sample can be judged at all, asked before completions are paid for.
 * @throws LabError `dataset/bad-row` as {@link verifyAnswer}, and for a sample without an answer.
 */
export function checkVerifier(sample: RewardSample): void {
  const { params } = parseVerifier(sample);
  const isEmpty =
    typeof params === 'object' && params !== null && 'text' in params && params.text === '';
  if (isEmpty) {
    throw new LabError('dataset/bad-row', '[verify] the row has no answer to compare with', {
      hint: 'Give `answer` (or `solution`), or a `verifier` with its parameters.',
    });
  }
}

function parseVerifier(sample: RewardSample): { verifier: AnyVerifier; params: unknown } {
  const { kind, params } = sample.verifier;
  if (!Object.hasOwn(verifiers, kind)) {
    throw new LabError('dataset/bad-row', `[verify] unknown verifier '${kind}'`, {
      hint: `Verifiers are: ${Object.keys(verifiers).join(', ')}.`,
    });
  }
  // Sound because `judge` only ever gets what this same definition's schema has parsed.
  const verifier = verifiers[kind as VerifierKind] as unknown as AnyVerifier;
  const parsed = verifier.schema.safeParse(params);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new LabError(
      'dataset/bad-row',
      `[verify] bad parameters of verifier '${kind}': ${problems.join('; ')}`,
      {
        hint: 'Compare the sample with a row of the starter world that has this verifier.',
      },
    );
  }
  return { verifier, params: parsed.data };
}
