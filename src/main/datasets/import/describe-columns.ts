/**
 * The first rows of a source in, its columns out: what kind of values they hold and how the first ones
 * look. Fields of plain objects are columns of their own under `a.b`.
 */
import type { SourceColumn } from '../../../shared/model/import.ts';
import { excerptOf } from '../readers/source.ts';
import { isPlainObject, type SourceValues, typedCell } from './columns.ts';
import { isTurns } from './turns.ts';

type Kind = SourceColumn['kind'];

/** Different values shown per column. */
const EXAMPLES = 3;
const MAX_DESCRIBED = 1000;

/** @param isTable all values are text, as in CSV: numbers are told by how they read */
export function describeColumns(rows: readonly SourceValues[], isTable: boolean): SourceColumn[] {
  const found = new Map<string, { kinds: Set<Kind>; examples: Set<string>; filled: number }>();
  const see = (name: string, value: unknown): void => {
    const column = found.get(name) ?? { kinds: new Set(), examples: new Set(), filled: 0 };
    if (!found.has(name)) {
      if (found.size >= MAX_DESCRIBED) return;
      found.set(name, column);
    }
    if (value === null || value === undefined) return;
    column.filled++;
    column.kinds.add(kindOfValue(name, isTable && isText(value) ? typedCell(value) : value));
    if (column.examples.size < EXAMPLES) column.examples.add(exampleOf(value));
  };
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) {
      see(name, value);
      if (!isPlainObject(value) || kindOfValue(name, value) !== 'object') continue;
      for (const [field, inner] of Object.entries(value)) see(`${name}.${field}`, inner);
    }
  }
  return [...found].map(([name, { kinds, examples, filled }]) => ({
    name,
    kind: joined(kinds),
    examples: [...examples],
    filled,
  }));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Pictures by their names or sizes; anything else as it is. */
function exampleOf(value: unknown): string {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every(isMedia)) return excerptOf(value);
  return excerptOf(list.slice(0, 3).map(mediaName).join(', '));
}

function mediaName(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (!isPlainObject(value)) return '';
  const { path, bytes, url } = value;
  if (typeof path === 'string' && path !== '') return path;
  return bytes instanceof Uint8Array ? `${bytes.byteLength} bytes` : String(url ?? '');
}

function joined(kinds: ReadonlySet<Kind>): Kind {
  const [first, ...others] = kinds;
  if (first === undefined) return 'empty';
  return others.length === 0 ? first : 'text';
}

const PICTURE_NAME = /\.(?:png|jpe?g|webp|gif|avif|bmp|tiff?|mp4|webm|wav|mp3|flac|ogg)$/i;

function kindOfValue(name: string, value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (value instanceof Uint8Array) return 'media';
  if (typeof value === 'string') return kindOfText(value);
  if (isMedia(value)) return 'media';
  if (Array.isArray(value)) {
    const first: unknown = value[0];
    if (isMedia(first) || (typeof first === 'string' && kindOfText(first) === 'media'))
      return 'media';
    if (isTurns(value)) return 'messages';
    return /^(?:bbox|bboxes|boxes|objects)$/.test(name) ? 'boxes' : 'list';
  }
  if (!isPlainObject(value)) return 'text';
  if ('bbox' in value || 'boxes' in value || 'bboxes' in value) return 'boxes';
  return isTurns(value) ? 'messages' : 'object';
}

function kindOfText(value: string): Kind {
  if (/^data:(?:image|audio|video)\//.test(value)) return 'media';
  if (value.length < 1000 && PICTURE_NAME.test(value)) return 'media';
  return isTurns(value) ? 'messages' : 'text';
}

/** Hugging Face's `{bytes, path}`, bytes, or an object that names its file. */
function isMedia(value: unknown): boolean {
  if (value instanceof Uint8Array) return true;
  if (!isPlainObject(value)) return false;
  if ('bytes' in value && 'path' in value) return true;
  return 'url' in value && typeof value['url'] === 'string';
}
