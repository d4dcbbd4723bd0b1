/**
 * What is wrong with one row, thrown while it is mapped. Comes in: a sentence. Goes out: a LabError
 * that the importer turns into an entry of the list of bad rows.
 */
import { LabError } from '../../../shared/errors.ts';

export function rowProblem(reason: string, cause?: unknown): LabError {
  return new LabError('dataset/bad-row', reason, { cause });
}

/** The kind of a value, as a person would say it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

/** A value of the source in a message: short, on one line. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
