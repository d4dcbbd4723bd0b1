/**
 * Imports a file or folder as the app does, without the worker thread. Comes in: a path. Goes out: what
 * was found there and every row, good and bad, as it lies in rows.sqlite.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect } from 'vitest';
import { runImport } from '../../src/main/datasets/import/run-import.ts';
import { sniffPath } from '../../src/main/datasets/import/sniff.ts';
import { openRowsFile, readColumns } from '../../src/main/datasets/rows-file.ts';
import type { ColumnInfo } from '../../src/shared/model/dataset.ts';
import type { ImportResult, Mapping, SniffResult } from '../../src/shared/model/import.ts';
import { decodeSample, type Message, type Sample } from '../../src/shared/model/sample.ts';

export interface Imported {
  readonly sniff: SniffResult;
  readonly result: ImportResult;
  readonly samples: Sample[];
  readonly bad: { file: string; line: number; reason: string; excerpt: string }[];
  readonly columns: ColumnInfo[];
  readonly folder: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is removed when the tests of this file are done. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-import-'));
  folders.push(folder);
  return folder;
}

/** @param edit changes the suggested mapping, as a person would on the mapping screen */
export async function importPath(
  path: string,
  edit: (mapping: Mapping) => Mapping = (mapping) => mapping,
): Promise<Imported> {
  const sniff = await sniffPath(path);
  const workspace = makeTemporaryFolder();
  const folder = join(workspace, 'datasets', 'one');
  const result = await runImport(
    { start: { path, mapping: edit(sniff.mapping) }, folder, workspace },
    { isCancelled: () => false, onProgress: () => {}, onMedia: () => {} },
  );
  return { sniff, result, folder, ...readImported(folder) };
}

/** Everything in a rows.sqlite. */
export function readImported(folder: string): Pick<Imported, 'samples' | 'bad' | 'columns'> {
  const db = openRowsFile(folder);
  try {
    const texts = db.prepare('SELECT sample FROM samples ORDER BY row').pluck().all();
    const bad = db
      .prepare('SELECT file, line, reason, excerpt FROM bad_rows ORDER BY position')
      .all();
    return {
      samples: texts.map((text) => decodeSample(String(text))),
      // The columns that the statement names.
      bad: bad as Imported['bad'],
      columns: readColumns(db),
    };
  } finally {
    db.close();
  }
}

/** Roles of the columns that have one. */
export function rolesOf(sniff: SniffResult): Record<string, string> {
  const used = sniff.mapping.columns.filter(({ role }) => role !== 'ignore');
  return Object.fromEntries(used.map(({ column, role }) => [column, role]));
}

/** A PNG of one colour. */
export async function makePng(width: number, height: number, shade = 0): Promise<Buffer> {
  const background = { r: shade % 256, g: 80, b: 120 };
  return await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Rows as JSON Lines in a folder of their own. */
export function writeLines(name: string, rows: readonly unknown[]): string {
  const path = join(makeTemporaryFolder(), name);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}

/** A file with two pictures of 40 x 20 and 41 x 21 beside it; `.jsonl` is written as lines. */
export async function withPictures(
  name: string,
  content: (names: string[]) => unknown,
): Promise<string> {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, 'images'));
  const names = ['images/a.png', 'images/b.png'];
  for (const [i, file] of names.entries()) {
    writeFileSync(join(folder, file), await makePng(40 + i, 20 + i, i));
  }
  const rows = content(names);
  const path = join(folder, name);
  const isLines = name.endsWith('.jsonl') && Array.isArray(rows);
  writeFileSync(
    path,
    isLines ? rows.map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(rows, null, 2),
  );
  return path;
}

/** A turn that is one text. */
export function turn(role: Message['role'], text: string): Message {
  return { role, content: [{ type: 'text', text }] };
}

export function user(text: string): Message {
  return turn('user', text);
}

/** A file in a folder of its own. */
export function writeFile(name: string, content: string | Uint8Array): string {
  const path = join(makeTemporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

/** The source has one bad row with this reason, and `good` rows beside it. */
export async function expectBad(path: string, reason: RegExp, good = 1): Promise<void> {
  const { samples, bad } = await importPath(path);
  expect(bad.map((row) => row.reason)).toEqual([expect.stringMatching(reason)]);
  expect(samples).toHaveLength(good);
}
