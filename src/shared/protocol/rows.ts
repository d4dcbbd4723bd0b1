/**
 * One line of a training or evaluation file (JSONL): what the engine reads and what main writes for
 * it. Pictures are named by path below the media folder; a message refers to them by index, or by
 * `<image>` in its text, or not at all (then they stand before the first user text).
 */
import { z } from 'zod';

export const messagePart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  /** Index into `images`; absent = the next one. */
  z.object({ type: z.literal('image'), index: z.int().min(0).optional() }),
  /** The clip of the row's `frames`. */
  z.object({ type: z.literal('video'), index: z.int().min(0).optional() }),
]);
export type RowPart = z.infer<typeof messagePart>;

export const rowMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(messagePart)]),
});
export type RowMessage = z.infer<typeof rowMessage>;

export const trainingRow = z.looseObject({
  id: z.string().optional(),
  /** Id of a sample of the starter world, which fills in what the row does not say. */
  world: z.string().optional(),
  prompt: z.string().optional(),
  question: z.string().optional(),
  /** A whole conversation; a last assistant turn is the completion where none is given. */
  messages: z.array(rowMessage).min(1).optional(),
  images: z.array(z.string()).default([]),
  /** Frames of one clip; instead of `images`. */
  frames: z.array(z.string()).default([]),
  answer: z.string().optional(),
  solution: z.string().optional(),
  verifier: z
    .looseObject({ kind: z.string(), params: z.record(z.string(), z.unknown()) })
    .optional(),
  completion: z.string().optional(),
  chosen: z.string().optional(),
  rejected: z.string().optional(),
  task: z.string().optional(),
  difficulty: z.number().optional(),
});
export type TrainingRow = z.output<typeof trainingRow>;
/** As a caller writes it. */
export type TrainingRowInput = z.input<typeof trainingRow>;
