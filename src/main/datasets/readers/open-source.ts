/**
 * Finds out what lies at a path. Comes in: a file or folder. Goes out: the form it is packed in, its
 * data files in order with their splits, and the folder that relative picture paths start at. Decided
 * by content where names do not say it.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { SourceFile, SourceFormat } from '../../../shared/model/import.ts';
import { bomLength } from './byte-window.ts';
import { filesBelow, isInside, splitOf } from './folder.ts';
import { PICTURE } from './imagefolder.ts';
import { type LlamaFactorySet, readLlamaFactoryIndex } from './llama-factory.ts';

export interface OpenedSource {
  readonly path: string;
  readonly format: SourceFormat;
  readonly files: readonly SourceFile[];
  /** Pictures may lie below this folder. */
  readonly root: string;
  /** Sets of a `dataset_info.json`, and the one that is open. */
  readonly sets: readonly LlamaFactorySet[];
  readonly set: LlamaFactorySet | null;
  /** Metadata files beside pictures: `file_name` names the picture. */
  readonly hasMetadata: boolean;
  readonly notes: readonly string[];
}

const MAX_FILES = 100_000;
const METADATA = /(^|\/)metadata\.(?:jsonl|csv)$/i;

/** Kinds of data files in a folder, the most telling first. */
const KINDS: readonly (readonly [SourceFormat, RegExp])[] = [
  ['parquet', /\.parquet$/i],
  ['arrow', /\.arrow$/i],
  ['webdataset', /\.(?:tar|tgz|tar\.gz)$/i],
  ['jsonl', /\.(?:jsonl|ndjson)$/i],
  ['json', /\.json$/i],
  ['csv', /\.(?:csv|tsv)$/i],
];

/**
 * @param set which set of a `dataset_info.json`; null = the first
 * @throws LabError `file/missing`, `dataset/unknown-format`
 */
export function openSource(path: string, set: string | null = null): OpenedSource {
  if (path.includes('\0')) throw new LabError('file/missing', '[import] a path with a null byte');
  const absolute = resolve(path);
  const info = statSync(absolute, { throwIfNoEntry: false });
  if (info === undefined) throw new LabError('file/missing', `[import] nothing at ${absolute}`);
  if (info.isDirectory()) return openFolder(absolute, set);
  if (!info.isFile()) throw unknown(absolute, 'it is neither a file nor a folder');
  if (basename(absolute) === 'dataset_info.json') return openFolder(dirname(absolute), set);
  return openFile(absolute, info.size);
}

function openFile(path: string, bytes: number): OpenedSource {
  const format = PICTURE.test(path) ? 'imagefolder' : formatOf(path);
  if (format === 'imagefolder') return openFolder(dirname(path), null);
  const file = { path, bytes, split: splitOf(basename(path)) };
  return { ...EMPTY, path, format, files: [file], root: dirname(path) };
}

const EMPTY = { sets: [], set: null, hasMetadata: false, notes: [] };

function openFolder(path: string, wanted: string | null): OpenedSource {
  const llama = readLlamaFactoryIndex(path);
  if (llama !== null) {
    const set = wanted === null ? llama.sets[0] : llama.sets.find(({ name }) => name === wanted);
    if (set === undefined) throw unknown(path, `dataset_info.json has no set ${wanted}`);
    const inner = openInside(path, set.path);
    return {
      ...inner,
      path,
      root: path,
      sets: llama.sets,
      set,
      notes: [...llama.notes, ...inner.notes],
    };
  }
  const found = survey(path);
  const notes = found.notes;
  if (found.metadata.length > 0) {
    const files = found.metadata;
    const format = found.pictures > 0 ? 'imagefolder' : 'jsonl';
    return { ...EMPTY, path, format, files, root: path, hasMetadata: true, notes };
  }
  for (const [format] of KINDS) {
    const files = found.byKind.get(format);
    if (files === undefined) continue;
    const others = [...found.byKind].filter(([kind]) => kind !== format);
    const left = others.map(([kind, list]) => `${list.length} ${kind} files are left aside.`);
    const actual = format === 'json' ? formatOf(files[0]?.path ?? path) : format;
    return { ...EMPTY, path, format: actual, files, root: path, notes: [...notes, ...left] };
  }
  if (found.pictures > 0) {
    // For a folder the progress counts pictures.
    const files = [{ path, bytes: found.pictures, split: null }];
    return { ...EMPTY, path, format: 'imagefolder', files, root: path, notes };
  }
  throw unknown(path, 'it holds no data file and no picture');
}

/** A set's file or folder; its name must not lead out of the folder of the index. */
function openInside(root: string, path: string): OpenedSource {
  if (!isInside(realpathSync(root), realpathSync(path))) {
    throw new LabError('file/unsafe', `[import] ${path} is outside ${root}`);
  }
  const info = statSync(path);
  return info.isDirectory() ? openFolder(path, null) : openFile(path, info.size);
}

interface Survey {
  readonly byKind: ReadonlyMap<SourceFormat, SourceFile[]>;
  readonly metadata: SourceFile[];
  readonly pictures: number;
  readonly notes: string[];
}

function survey(root: string): Survey {
  const byKind = new Map<SourceFormat, SourceFile[]>();
  const metadata: SourceFile[] = [];
  const notes: string[] = [];
  let pictures = 0;
  let links = 0;
  let files = 0;
  const isSaved = isSaveToDisk(root);
  for (const file of filesBelow(root, () => links++)) {
    if (PICTURE.test(file.relative)) pictures++;
    if (files >= MAX_FILES || isDescription(file.relative, isSaved)) continue;
    const kind = KINDS.find(([, pattern]) => pattern.test(file.relative))?.[0];
    if (kind === undefined) continue;
    files++;
    const source = {
      path: file.path,
      bytes: statSync(file.path).size,
      split: splitOf(file.relative),
    };
    if (METADATA.test(file.relative)) metadata.push(source);
    else byKind.set(kind, [...(byKind.get(kind) ?? []), source]);
  }
  if (links > 0) notes.push(`${links} links that lead out of the folder are left aside.`);
  return { byKind, metadata, pictures, notes };
}

/** Files that describe a data set and hold no rows. */
function isDescription(path: string, isSaved: boolean): boolean {
  const name = basename(path);
  if (/^(?:dataset_info|dataset_dict|state|dataset_infos)\.json$/.test(name)) return true;
  if (/^(?:manifest|package|config|croissant)\.json$/.test(name)) return true;
  // Caches of `map` and `filter` lie beside the rows they were made from.
  return isSaved && /^(?:cache-|tmp)/.test(name);
}

/** A folder written by `save_to_disk`, of one split or of several. */
function isSaveToDisk(path: string): boolean {
  const names = readdirSync(path);
  return names.includes('state.json') || names.includes('dataset_dict.json');
}

const HEAD_BYTES = 1 << 20;

/** @throws LabError `dataset/unknown-format` */
function formatOf(path: string): SourceFormat {
  const head = headOf(path);
  const magic = head.toString('latin1', 0, 6);
  if (magic.startsWith('PAR1')) return 'parquet';
  if (magic === 'ARROW1' || /\.arrow$/i.test(path)) return 'arrow';
  if (/\.(?:tar|tgz|tar\.gz)$/i.test(path)) return 'webdataset';
  if (/\.parquet$/i.test(path)) throw unknown(path, 'it does not start as a Parquet file does');
  if (magic.startsWith('PK') || magic.startsWith('\x1f\x8b')) {
    throw unknown(path, 'it is packed: unpack it first');
  }
  if (magic.startsWith('\xff\xfe') || magic.startsWith('\xfe\xff')) {
    throw unknown(path, 'it is UTF-16: save it as UTF-8');
  }
  if (/\.(?:csv|tsv)$/i.test(path)) return 'csv';
  if (head.length === 0) throw unknown(path, 'it is empty');
  const text = head.subarray(bomLength(head)).toString('utf8').trimStart();
  if (text.startsWith('[')) return 'json';
  if (text.startsWith('{')) return isRowPerLine(text) ? 'jsonl' : 'json';
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return 'jsonl';
  throw unknown(path, 'neither its name nor its first bytes are those of a known form');
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** Is the first line one object by itself? `{"data": [..]}` on one line is a list inside an object. */
function isRowPerLine(text: string): boolean {
  const end = text.indexOf('\n');
  const line = end < 0 ? text : text.slice(0, end);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The first line of a pretty-printed object is short; a long one is a row that the head cuts off.
    return line.length > 1000 || /^\{\s*"/.test(line);
  }
  const isAlone = end < 0 || text.slice(end).trim() === '';
  return !isAlone || typeof value !== 'object' || value === null || !hasOnlyRows(value);
}

const TURNS = ['messages', 'conversations', 'prompt'];

function hasOnlyRows(value: object): boolean {
  const [[name, rows] = ['', null], ...others] = Object.entries(value);
  const isList = Array.isArray(rows) && typeof rows[0] === 'object';
  return others.length === 0 && isList && !TURNS.includes(name);
}

function unknown(path: string, why: string): LabError {
  return new LabError('dataset/unknown-format', `[import] ${path}: ${why}`);
}
