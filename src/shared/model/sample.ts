/**
 * One sample as the lab keeps it, whatever file it came from. Comes in: rows of any form, mapped by
 * main/datasets/import. Goes out: the schema, its type, and the short text form that rows.sqlite
 * stores (fields at their default are left out and come back when it is read).
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { mediaRef } from './media.ts';

/** Text, or a place where the picture, clip or sound of that number (from 0) is shown. */
export const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image'), index: z.int().nonnegative() }),
  z.object({ type: z.literal('video'), index: z.int().nonnegative() }),
  z.object({ type: z.literal('audio'), index: z.int().nonnegative() }),
]);
export type Part = z.infer<typeof part>;

export const messageRole = z.enum(['system', 'user', 'assistant', 'tool']);
export type MessageRole = z.infer<typeof messageRole>;

export const message = z.object({
  role: messageRole,
  content: z.array(part),
  /** What else the source says of this turn: tool_calls, name, loss, loss_scale. */
  extra: jsonObject.optional(),
});
export type Message = z.infer<typeof message>;

/** x1, y1, x2, y2 in 0..1 of the upright original. */
export const unitBox = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type UnitBox = z.infer<typeof unitBox>;

export const region = z.object({
  label: z.string(),
  /** Number of the picture, from 0. */
  image: z.int().nonnegative(),
  box: unitBox,
  by: z.enum(['truth', 'human', 'suggest', 'critic']),
});
export type Region = z.infer<typeof region>;

/** One reasoning step and its judgement: wrong, neutral, right, or not judged. */
export const step = z.object({
  text: z.string(),
  label: z.union([z.literal(-1), z.literal(0), z.literal(1)]).nullable(),
});
export type Step = z.infer<typeof step>;

export const verifier = z.object({ kind: z.string(), params: jsonObject });

/** A clip that came as one file has no frames: the lab plays it and cannot train on it. */
export const clip = z.object({
  frames: z.array(mediaRef),
  fps: z.number().positive(),
  file: mediaRef.optional(),
});
export type Clip = z.infer<typeof clip>;

export const sample = z.object({
  key: z.string(),
  /** The prompt; ends with the turn that is to be answered. Empty for plain language modelling. */
  messages: z.array(message).default([]),
  /** The reference or chosen completion. */
  completion: z.string().nullable().default(null),
  rejected: z.string().nullable().default(null),
  /** Unpaired preference: is the completion wanted? */
  label: z.boolean().nullable().default(null),
  steps: z.array(step).default([]),
  /** The final answer that a verifier compares with. */
  answer: z.string().nullable().default(null),
  verifier: verifier.nullable().default(null),
  task: z.string().nullable().default(null),
  difficulty: z.number().nullable().default(null),
  images: z.array(mediaRef).default([]),
  videos: z.array(clip).default([]),
  audios: z.array(mediaRef).default([]),
  regions: z.array(region).default([]),
  /** Source columns without a role, re-emitted on export. */
  extra: jsonObject.default({}),
});
export type Sample = z.infer<typeof sample>;

/** A sample with every field but the given ones at its default. */
export function makeSample(fields: Partial<Sample> & Pick<Sample, 'key'>): Sample {
  return {
    messages: [],
    completion: null,
    rejected: null,
    label: null,
    steps: [],
    answer: null,
    verifier: null,
    task: null,
    difficulty: null,
    images: [],
    videos: [],
    audios: [],
    regions: [],
    extra: {},
    ...fields,
  };
}

/** The text that `samples.sample` holds: JSON without the fields that are at their default. */
export function encodeSample(value: Sample): string {
  const kept: Record<string, unknown> = {};
  // By key: this runs a million times in an import, and entries would be a million lists of pairs.
  let name: keyof Sample;
  for (name in value) if (!isDefault(value[name])) kept[name] = value[name];
  return JSON.stringify(kept);
}

/** Null, no elements, no fields: what {@link makeSample} fills in. `false`, 0 and '' are values. */
function isDefault(field: unknown): boolean {
  if (field === null) return true;
  if (typeof field !== 'object') return false;
  if (Array.isArray(field)) return field.length === 0;
  for (const _ in field) return false;
  return true;
}

/** Reads what {@link encodeSample} wrote. The file is our own: it is not validated field by field. */
export function decodeSample(text: string): Sample {
  // Written by encodeSample in the same version of the file format.
  return makeSample(JSON.parse(text) as Partial<Sample> & Pick<Sample, 'key'>);
}

/** The text of some content; pictures, clips and sounds are left out. */
export function textOf(content: readonly Part[]): string {
  let text = '';
  for (const piece of content) if (piece.type === 'text') text += piece.text;
  return text;
}

/** What a card shows of a prompt: the text of the last turn that is to be answered, trimmed. */
export function promptText(value: Pick<Sample, 'messages'>): string {
  const turns = value.messages;
  for (let i = turns.length - 1; i >= 0; i--) {
    const turn = turns[i];
    if (turn?.role === 'user') return textOf(turn.content).trim();
  }
  const last = turns.at(-1);
  return last === undefined ? '' : textOf(last.content).trim();
}
