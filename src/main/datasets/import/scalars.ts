/**
 * Single values of a row in (texts from tables, numbers, booleans of any spelling), typed values out;
 * what cannot be one is a problem of the row.
 */
import type { Sample } from '../../../shared/model/sample.ts';
import { isPlainObject } from './columns.ts';
import { kindOf, quoted, rowProblem } from './row-problem.ts';

/** Text of a value; lists and objects as JSON. Null for nothing. */
export function plainText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array)
    throw rowProblem(`expected a text, got ${value.byteLength} bytes`);
  if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') return value[0];
  return JSON.stringify(value);
}

/** A finite number, also written as text; null when it is none. */
export function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

const TRUE = ['true', '1', 'yes', 'desirable', 'good', 'chosen', '+'];
const FALSE = ['false', '0', 'no', 'undesirable', 'bad', 'rejected', '-', '-1'];

/** @throws LabError `dataset/bad-row` */
export function booleanOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  const word =
    typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : '';
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  throw rowProblem(`expected true or false as the label, got ${quoted(value)}`);
}

/** `{kind, params}`, also as JSON text; a word alone is a kind without parameters. */
export function verifierOf(value: unknown): Sample['verifier'] {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') {
    return value.trimStart().startsWith('{')
      ? verifierOf(parsed(value))
      : { kind: value, params: {} };
  }
  if (!isPlainObject(value) || typeof value['kind'] !== 'string') {
    throw rowProblem(`expected a verifier with a kind, got ${kindOf(value)}`);
  }
  const params = value['params'] ?? {};
  if (!isPlainObject(params))
    throw rowProblem(`expected params as an object, got ${kindOf(params)}`);
  return { kind: value['kind'], params };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowProblem(`expected a verifier, got the text ${quoted(text)}`, cause);
  }
}
