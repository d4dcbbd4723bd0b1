/** Rows (JSON objects) come in; aligned text for people goes out. */
import type { JsonObject } from '../../shared/json.ts';

const MAX_CELL = 48;

/** One value as a person reads it: numbers to four significant figures, text without quotes. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replaceAll('\n', '\\n');
}

function number(value: number): string {
  if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** `a=1 b=text`. */
export function formatLine(row: JsonObject): string {
  return Object.entries(row)
    .map(([key, value]) => `${key}=${cell(value)}`)
    .join('  ');
}

/** `key  value`, one a line, nested objects by dotted keys. */
export function formatRecord(row: JsonObject, indent = ''): string {
  const entries = flatten(row);
  const width = Math.max(0, ...entries.map(([key]) => key.length));
  return entries.map(([key, value]) => `${indent}${key.padEnd(width)}  ${cell(value)}`).join('\n');
}

function flatten(row: JsonObject, prefix = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([key, value]) =>
    isObject(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]],
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A table with a column per key, in the order in which keys first appear; numbers to the right. */
export function formatTable(rows: readonly JsonObject[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = keys.map((key) => {
    const cells = rows.map((row) => shorten(cell(row[key])));
    const isNumeric = rows.every((row) => typeof (row[key] ?? 0) === 'number');
    const width = Math.max(key.length, ...cells.map((text) => text.length));
    const align = (text: string): string => (isNumeric ? text.padStart(width) : text.padEnd(width));
    return [key, ...cells].map(align);
  });
  const lines = Array.from({ length: rows.length + 1 }, (_, i) =>
    columns
      .map((column) => column[i] ?? '')
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function shorten(text: string): string {
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
