/**
 * What lies at a path, found out from the first rows of its first files. Comes in: a path. Goes out:
 * format, form of the rows, columns with examples, and a mapping to start from.
 */
import { basename } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { SniffResult } from '../../../shared/model/import.ts';
import { type OpenedSource, openSource } from '../readers/open-source.ts';
import { readSource, type SourceBatch, sourceBytes } from '../readers/read-source.ts';
import type { UnreadableRow } from '../readers/source.ts';
import type { SourceValues } from './columns.ts';
import { describeColumns } from './describe-columns.ts';
import { pathNotes } from './path-notes.ts';
import { suggestMapping } from './suggest-mapping.ts';

/** Rows looked at per file. */
const HEAD_ROWS = 200;
/** Files looked at: those of one set may differ. */
const HEAD_FILES = 4;
/** Batches looked at for a row that can be read. */
const HEAD_BATCHES = 20;

/**
 * @param set which set of a `dataset_info.json`; null = the first
 * @throws LabError `file/missing`, `file/corrupt`, `dataset/unknown-format`
 */
export async function sniffPath(path: string, set: string | null = null): Promise<SniffResult> {
  const source = openSource(path, set);
  const { rows, bad, notes } = await readHead(source);
  const [first] = bad;
  if (rows.length === 0 && first !== undefined) {
    throw new LabError('file/corrupt', `[import] no row of ${path} can be read: ${first.reason}`, {
      hint: 'Check that the file is whole and of the kind its name says.',
    });
  }
  const columns = describeColumns(rows, source.format === 'csv');
  const suggestion = suggestMapping(source, columns, rows);
  const { mapping } = suggestion;
  return {
    path: source.path,
    format: source.format,
    shape: mapping.shape,
    confidence: suggestion.confidence,
    files: [...source.files],
    bytes: source.format === 'imagefolder' && !source.hasMetadata ? 0 : sourceBytes(source),
    rows: await knownRows(source),
    columns,
    splits: splitsOf(source, rows, mapping.columns.find(({ role }) => role === 'split')?.column),
    sets: source.sets.map(({ name }) => name),
    mapping,
    notes: [
      ...new Set([
        ...source.notes,
        ...notes,
        ...suggestion.notes,
        ...pathNotes(source, rows, mapping),
      ]),
    ],
  };
}

interface Head {
  readonly rows: SourceValues[];
  readonly bad: UnreadableRow[];
  readonly notes: string[];
}

/** The first rows of the first files. */
async function readHead(source: OpenedSource): Promise<Head> {
  const head: Head = { rows: [], bad: [], notes: [] };
  const columnsByFile: { file: string; columns: string }[] = [];
  for (const file of source.files.slice(0, HEAD_FILES)) {
    const before = head.rows.length;
    const batch = await firstBatch({ ...source, files: [file] });
    for (const item of batch?.items.slice(0, HEAD_ROWS) ?? []) {
      if (item.kind === 'bad') head.bad.push(item);
      else head.rows.push(item.values);
    }
    head.notes.push(...(batch?.notes ?? []));
    const names = new Set(head.rows.slice(before).flatMap((row) => Object.keys(row)));
    columnsByFile.push({ file: basename(file.path), columns: [...names].sort().join(', ') });
  }
  const forms = new Set(columnsByFile.map(({ columns }) => columns));
  if (forms.size > 1 && source.files.length > 1) {
    const said = columnsByFile.map(({ file, columns }) => `${file} has ${columns}`).join('; ');
    head.notes.push(
      `The files differ in their columns: ${said}. Importing one file at a time gives each its own mapping.`,
    );
  }
  return head;
}

/** The first batch with a row that can be read, or the first of all where none has one. */
async function firstBatch(source: OpenedSource): Promise<SourceBatch | null> {
  let first: SourceBatch | null = null;
  let looked = 0;
  for await (const batch of readSource(source)) {
    if (batch.items.length === 0) continue;
    first ??= batch;
    if (batch.items.some(({ kind }) => kind === 'row')) return batch;
    if (++looked >= HEAD_BATCHES) break;
  }
  return first;
}

/** Parquet says how many rows there are, a folder of pictures was counted. */
async function knownRows(source: OpenedSource): Promise<number | null> {
  if (source.format === 'imagefolder') return source.hasMetadata ? null : sourceBytes(source);
  if (source.format !== 'parquet') return null;
  const { readParquetHead } = await import('../readers/parquet.ts');
  let rows = 0;
  for (const file of source.files) {
    try {
      rows += (await readParquetHead(file.path)).rows;
    } catch {
      // The import lists it as a file that cannot be read.
      return null;
    }
  }
  return rows;
}

function splitsOf(
  source: OpenedSource,
  rows: readonly SourceValues[],
  column: string | undefined,
): string[] {
  const found = new Set<string>();
  for (const { split } of source.files) if (split !== null) found.add(split);
  if (column !== undefined && !column.includes('.')) {
    for (const row of rows) if (typeof row[column] === 'string') found.add(row[column]);
  }
  return [...found].slice(0, 20);
}
