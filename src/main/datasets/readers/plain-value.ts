/**
 * Values of column stores in (bigint, Date, typed arrays, vectors), values as JSON has them out; bytes
 * stay Uint8Array. Class labels of Hugging Face features become their names.
 */
import { z } from 'zod';

/** Whole numbers beyond 2^53 become text, so that no digit is lost; NaN and infinities become null. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value) || Symbol.iterator in value) {
    // Checked just above: typed arrays and Arrow vectors are iterable.
    return Array.from(value as Iterable<unknown>, plainValue);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]),
  );
}

const feature = z.looseObject({
  _type: z.string().optional(),
  names: z.array(z.string()).optional(),
});
const info = z.looseObject({
  info: z.looseObject({ features: z.record(z.string(), z.unknown()) }).optional(),
});

/** Names of the classes by column, from the text that the datasets library puts into a file. */
export function classNames(huggingface: string | null | undefined): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  if (huggingface === null || huggingface === undefined) return found;
  let json: unknown;
  try {
    json = JSON.parse(huggingface);
  } catch {
    // A note of another program; the file is readable without it.
    return found;
  }
  const features = info.safeParse(json).data?.info?.features ?? {};
  for (const [column, described] of Object.entries(features)) {
    const known = feature.safeParse(described).data;
    if (known?._type === 'ClassLabel' && known.names !== undefined) found.set(column, known.names);
  }
  return found;
}

/** A row with its class numbers replaced by names, where the file names them. */
export function withClassNames(
  values: Record<string, unknown>,
  names: ReadonlyMap<string, readonly string[]>,
): Record<string, unknown> {
  for (const [column, classes] of names) {
    const value = values[column];
    if (typeof value === 'number') values[column] = classes[value] ?? value;
  }
  return values;
}
