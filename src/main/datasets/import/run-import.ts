/**
 * An import from its first or next batch to its end. Comes in: what to import and where to. Goes out: a
 * rows.sqlite in which every batch stands together with the position after it, so that a cancelled or
 * killed import goes on without losing or repeating a row.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import {
  type ColumnRole,
  type ImportProgress,
  type ImportResult,
  type Mapping,
  mapping as mappingSchema,
} from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { parseOrThrow } from '../../../shared/parse.ts';
import { type Database, storageError } from '../../storage/database.ts';
import { type OpenedSource, openSource } from '../readers/open-source.ts';
import {
  readSource,
  SOURCE_START,
  type SourceBatch,
  type SourcePosition,
  sourceBytes,
} from '../readers/read-source.ts';
import { BATCH_ROWS, MEDIA_BATCH_ROWS } from '../readers/source.ts';
import {
  closeBulk,
  createRowsFile,
  forBulk,
  openRowsFile,
  ROWS_FILE,
  readMeta,
  writeMeta,
} from '../rows-file.ts';
import { finishRows } from './finish.ts';
import { RowMaker } from './make-rows.ts';
import { MediaIntake } from './media-intake.ts';
import { RowsWriter } from './rows-writer.ts';
import { findUnlisted } from './unlisted.ts';

export interface ImportRequest {
  /** Null: go on with what the folder holds. */
  readonly start: { readonly path: string; readonly mapping: Mapping } | null;
  readonly folder: string;
  readonly workspace: string;
}

export interface ImportHooks {
  readonly isCancelled: () => boolean;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onMedia: (media: MediaRef[]) => void;
  /** A sign of life, at least once per batch and per row with media. */
  readonly onBeat?: () => void;
}

const positionSchema = z.object({
  file: z.int().nonnegative(),
  offset: z.int().nonnegative(),
  line: z.int().nonnegative(),
  ordinal: z.int().nonnegative(),
});

/** @throws LabError `file/missing`, `dataset/unknown-format`, `dataset/source-changed`, `file/write-failed` */
export async function runImport(request: ImportRequest, hooks: ImportHooks): Promise<ImportResult> {
  const { db, mapping, source, from } =
    request.start === null ? resume(request) : begin(request, request.start);
  try {
    forBulk(db);
    const writer = new RowsWriter(db, mapping);
    if (readMeta(db, 'state') === 'finished') return resultOf(request, writer, 'finished');
    const total = sourceBytes(source);
    const tell = (done: number, stage: ImportProgress['stage']): void =>
      hooks.onProgress({ done, total, rows: writer.rows, badRows: writer.badRows, stage });
    const isWhole = await readAll({ request, mapping, source, from, writer, hooks, tell });
    if (!isWhole) {
      closeBulk(db);
      return resultOf(request, writer, 'cancelled');
    }
    tell(total, 'indexing');
    finishRows(db, writer);
    return resultOf(request, writer, 'finished');
  } catch (thrown) {
    throw storageError(join(request.folder, ROWS_FILE), thrown);
  } finally {
    db.close();
  }
}

interface Reading {
  readonly request: ImportRequest;
  readonly mapping: Mapping;
  readonly source: OpenedSource;
  readonly from: SourcePosition;
  readonly writer: RowsWriter;
  readonly hooks: ImportHooks;
  readonly tell: (done: number, stage: ImportProgress['stage']) => void;
}

/** @returns whether the end of the source was reached. */
async function readAll({
  request,
  mapping,
  source,
  from,
  writer,
  hooks,
  tell,
}: Reading): Promise<boolean> {
  const { options } = mapping;
  const intake = new MediaIntake({
    workspace: request.workspace,
    root: source.root,
    imageRoot: options.imageRoot,
  });
  const maker = new RowMaker(mapping, intake, {
    onRow: hooks.onBeat,
    isTable: source.format === 'csv',
  });
  let last = from;
  const batchRows = namesMedia(mapping) ? MEDIA_BATCH_ROWS : BATCH_ROWS;
  for await (const batch of readSource(source, from, { split: options.split, batchRows })) {
    hooks.onBeat?.();
    if (hooks.isCancelled()) return false;
    const rows = await maker.make(batch);
    const fresh = intake.takeFresh();
    // Known to the store before a row names them.
    if (fresh.length > 0) hooks.onMedia(fresh);
    writer.write({
      rows,
      file: nameOf(source, batch),
      position: batch.next,
      notes: [...source.notes, ...batch.notes],
    });
    tell(batch.done, 'reading');
    last = batch.next;
  }
  if (source.hasMetadata && last.file <= source.files.length)
    await listRest(source, mapping, last, writer);
  return true;
}

const MEDIA_ROLES: ReadonlySet<ColumnRole> = new Set([
  'image',
  'images',
  'videos',
  'frames',
  'audios',
]);

function namesMedia(mapping: Mapping): boolean {
  return mapping.columns.some(({ role }) => MEDIA_ROLES.has(role));
}

/** Lists pictures without a metadata row; the position says afterwards that this is done. */
async function listRest(
  source: OpenedSource,
  mapping: Mapping,
  last: SourcePosition,
  writer: RowsWriter,
): Promise<void> {
  const found = await findUnlisted(source, mapping, last.ordinal);
  const position = { ...last, file: source.files.length + 1 };
  const notes =
    found === null
      ? ['There are too many pictures to look for those that no metadata row names.']
      : [];
  for (const { path, row } of found ?? [])
    writer.write({ rows: [row], file: path, position: last, notes });
  writer.write({ rows: [], file: '', position, notes });
}

function nameOf(source: OpenedSource, batch: SourceBatch): string {
  const { path } = batch.file;
  if (path === source.path) return basename(path);
  return relative(source.root, path).split(sep).join('/');
}

interface Begun {
  readonly db: Database;
  readonly mapping: Mapping;
  readonly source: OpenedSource;
  readonly from: SourcePosition;
}

function begin(
  request: ImportRequest,
  { path, mapping }: { path: string; mapping: Mapping },
): Begun {
  const source = openSource(path, mapping.options.set);
  if (existsSync(join(request.folder, ROWS_FILE))) {
    throw new LabError('internal', `[import] ${request.folder} already holds rows`);
  }
  const db = createRowsFile(request.folder);
  try {
    db.transaction(() => {
      writeMeta(db, 'state', 'importing');
      writeMeta(db, 'mapping', mapping);
      writeMeta(db, 'format', source.format);
      writeMeta(db, 'shape', mapping.shape);
      writeMeta(db, 'source', {
        path,
        files: source.files.map(({ path, bytes }) => ({ path, bytes })),
      });
    })();
  } catch (thrown) {
    db.close();
    throw thrown;
  }
  return { db, mapping, source, from: SOURCE_START };
}

const sourceSchema = z.object({
  path: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});

/** Goes on only where the source is still the same: positions in another file would mean other rows. */
function resume(request: ImportRequest): Begun {
  const db = openRowsFile(request.folder, 'write');
  try {
    const stored = { code: 'workspace/invalid', what: 'rows.sqlite' } as const;
    const mapping = parseOrThrow(mappingSchema, readMeta(db, 'mapping'), stored);
    const recorded = parseOrThrow(sourceSchema, readMeta(db, 'source'), stored);
    const source = openSource(recorded.path, mapping.options.set);
    const files = source.files.map(({ path, bytes }) => ({ path, bytes }));
    if (JSON.stringify(files) !== JSON.stringify(recorded.files)) {
      throw new LabError(
        'dataset/source-changed',
        `[import] ${recorded.path} is not what it was when the import began`,
      );
    }
    const position: unknown = db.prepare('SELECT position FROM progress').pluck().get();
    const from =
      typeof position === 'string'
        ? parseOrThrow(positionSchema, JSON.parse(position), stored)
        : SOURCE_START;
    return { db, mapping, source, from };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

function resultOf(
  request: ImportRequest,
  writer: RowsWriter,
  kind: ImportResult['kind'],
): ImportResult {
  const { size } = statSync(join(request.folder, ROWS_FILE));
  const { rows, badRows, notes } = writer;
  return { kind, rows, badRows, bytes: size + writer.mediaBytes(), notes };
}
