/**
 * Columns of a source row by name. Comes in: a row and names, `a.b` being field b of the object in
 * column a. Goes out: values, what is left of the row without them, and the single values that can be
 * filtered by.
 */
import type { Scalar } from '../../../shared/model/dataset.ts';

export type SourceValues = Readonly<Record<string, unknown>>;

/** Longer texts are no filter values; they are in the sample. */
export const MAX_FACET_CHARS = 200;
/** Bytes of a column that nobody gave a role, kept as base64. */
const MAX_KEPT_BYTES = 64 * 2 ** 10;

/** The value of a column or of a field in one; a column whose own name has dots comes first. */
export function valueAt(values: SourceValues, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  const dot = name.indexOf('.');
  if (dot < 0) return undefined;
  const parent = values[name.slice(0, dot)];
  return isPlainObject(parent) ? valueAt(parent, name.slice(dot + 1)) : undefined;
}

/** A row without the named columns, without empty values, and with its bytes as text. */
export function restOf(
  values: SourceValues,
  used: ReadonlySet<string>,
  onNote: (note: string) => void,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const name of Object.keys(values)) {
    const value = values[name];
    if (value === null || value === undefined || used.has(name)) continue;
    if (typeof value !== 'object') kept.push([name, value]);
    else {
      const inner = isPlainObject(value) ? withoutFields(name, value, used) : value;
      if (inner !== null) kept.push([name, jsonValue(inner, name, onNote)]);
    }
  }
  return Object.fromEntries(kept);
}

/** The object without fields that have a role; null when nothing else is in it. */
function withoutFields(
  column: string,
  value: SourceValues,
  used: ReadonlySet<string>,
): SourceValues | null {
  const fields = Object.keys(value);
  const left = fields.filter((field) => !used.has(`${column}.${field}`));
  if (left.length === fields.length) return value;
  if (left.length === 0) return null;
  return Object.fromEntries(left.map((field) => [field, value[field]]));
}

function jsonValue(value: unknown, column: string, onNote: (note: string) => void): unknown {
  if (value instanceof Uint8Array) {
    if (value.byteLength <= MAX_KEPT_BYTES)
      return `data:;base64,${Buffer.from(value).toString('base64')}`;
    onNote(`Column ${column} holds bytes without a role: those over 64 KB are left out.`);
    return null;
  }
  if (Array.isArray(value)) return value.map((inner) => jsonValue(inner, column, onNote));
  if (!isPlainObject(value)) return value;
  const pairs = Object.entries(value).map(([name, inner]) => [
    name,
    jsonValue(inner, column, onNote),
  ]);
  return Object.fromEntries(pairs);
}

export interface FacetValue {
  readonly title: string;
  readonly value: Exclude<Scalar, null>;
}

/**
 * Single values of a row, those one level down under `a.b`; long texts are left out.
 * @param isTable everything is text in a table: what reads as a number or as true and false is one here
 */
export function facetValues(extra: SourceValues, isTable: boolean): FacetValue[] {
  const found: FacetValue[] = [];
  for (const name of Object.keys(extra)) {
    const value = extra[name];
    if (isFacetValue(value)) found.push({ title: name, value: isTable ? typedCell(value) : value });
    else if (isPlainObject(value)) {
      for (const [field, inner] of Object.entries(value)) {
        if (isFacetValue(inner)) found.push({ title: `${name}.${field}`, value: inner });
      }
    }
  }
  return found;
}

/** A number without leading zeros, which would be a code and not a quantity. */
const NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,17})?(?:[eE][+-]?\d{1,3})?$/;

/** A cell of a table as the value it stands for. */
export function typedCell(value: Exclude<Scalar, null>): Exclude<Scalar, null> {
  if (typeof value !== 'string') return value;
  if (NUMBER.test(value)) return Number(value);
  return /^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value;
}

function isFacetValue(value: unknown): value is Exclude<Scalar, null> {
  if (typeof value === 'string') return value.length <= MAX_FACET_CHARS;
  return typeof value === 'number' || typeof value === 'boolean';
}

export function isPlainObject(value: unknown): value is SourceValues {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}
