/**
 * What an answer verifier must answer: a schema of its parameters (they carry the truth) and a
 * pure judgement of an answer text. Answers are short; longer ones than the cap below are wrong
 * without being read, so that hostile text costs nothing.
 */
import { z } from 'zod';

export const MAX_ANSWER_CHARACTERS = 2000;

export interface Verdict {
  readonly isCorrect: boolean;
  /** 0..1, for graded credit; 1 whenever correct by full agreement. */
  readonly closeness: number;
}

export const WRONG: Verdict = Object.freeze({ isCorrect: false, closeness: 0 });

export function verdictOf(isCorrect: boolean, closeness = Number(isCorrect)): Verdict {
  return { isCorrect, closeness };
}

export function defineVerifier<
  const Kind extends string,
  Shape extends z.core.$ZodLooseShape,
>(definition: {
  readonly kind: Kind;
  readonly meaning: string;
  readonly params: Shape;
  judge(answer: string, params: z.output<z.ZodObject<Shape>>): Verdict;
}) {
  return Object.freeze({ ...definition, schema: z.object(definition.params) });
}
