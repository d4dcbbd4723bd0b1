/**
 * Parsing at a border: an unknown value and its zod schema come in, the typed value goes out. What
 * does not fit ends in one LabError that names the field, what was expected and what arrived.
 */
import type { z } from 'zod';
import { type ErrorCode, LabError } from './errors.ts';

export interface ParseSubject {
  readonly code: ErrorCode;
  /** What is parsed, for the tag of the message: 'recipe grpo.yaml', 'params of train'. */
  readonly what: string;
  readonly hint?: string;
}

/** Longest excerpt of a bad value in a message. */
const EXCERPT_CHARS = 80;

/** @throws LabError `subject.code` naming every field that does not fit (at most five). */
export function parseOrThrow<S extends z.ZodType>(
  schema: S,
  value: unknown,
  subject: ParseSubject,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join('.');
    const arrived = excerpt(issue.path.reduce<unknown>(step, value));
    return `${path === '' ? '' : `${path}: `}${issue.message} (got ${arrived})`;
  });
  throw new LabError(subject.code, `[${subject.what}] ${lines.join('; ')}`, {
    hint: subject.hint,
    details: { issues: result.error.issues.map(({ path, message }) => ({ path, message })) },
  });
}

function step(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  // Read-only walk along the path zod reported; a missing key gives undefined, which is shown.
  return (value as Record<PropertyKey, unknown>)[key];
}

function excerpt(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS)}...` : text;
}
