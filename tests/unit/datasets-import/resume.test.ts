/** An import that is cut off after every batch goes on to the very same rows as one that is not. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Int32, Table, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { resumeImport, sniffSource, startImport } from '../../../src/main/datasets/import/api.ts';
import { runImport } from '../../../src/main/datasets/import/run-import.ts';
import { sniffPath } from '../../../src/main/datasets/import/sniff.ts';
import { openRowsFile } from '../../../src/main/datasets/rows-file.ts';
import type { ImportProgress } from '../../../src/shared/model/import.ts';
import type { MediaRef } from '../../../src/shared/model/media.ts';
import { makePng, makeTemporaryFolder } from '../../support/import-fixture.ts';
import { manyRow, writeManyRows } from '../../support/million-rows.ts';

/** Rows of every file below: more than two batches. */
const ROWS = 2500;

async function importInSlices(path: string): Promise<{ folder: string; slices: number }> {
  const { mapping } = await sniffPath(path);
  const workspace = makeTemporaryFolder();
  const folder = join(workspace, 'datasets', 'sliced');
  let start: { path: string; mapping: typeof mapping } | null = { path, mapping };
  for (let slices = 1; ; slices++) {
    let batches = 0;
    // Each slice takes one batch with rows and then sees that it is cancelled.
    const result = await runImport(
      { start, folder, workspace },
      {
        isCancelled: () => batches++ > 0,
        onProgress: () => {},
        onMedia: () => {},
      },
    );
    start = null;
    if (result.kind === 'finished') return { folder, slices };
    if (slices > 100) throw new Error('the import does not move on');
  }
}

async function importWhole(path: string): Promise<string> {
  const { mapping } = await sniffPath(path);
  const workspace = makeTemporaryFolder();
  const folder = join(workspace, 'datasets', 'whole');
  const hooks = { isCancelled: () => false, onProgress: () => {}, onMedia: () => {} };
  await runImport({ start: { path, mapping }, folder, workspace }, hooks);
  return folder;
}

/** Everything that rows.sqlite holds, as one hash. */
function contentOf(folder: string): { hash: string; rows: unknown; bad: unknown; found: unknown } {
  const db = openRowsFile(folder);
  try {
    const hash = createHash('sha256');
    for (const table of ['rows', 'samples', 'bad_rows', 'columns', 'media']) {
      for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY 1`).raw().iterate()) {
        hash.update(JSON.stringify(row));
      }
    }
    const count = (sql: string): unknown => db.prepare(sql).pluck().get();
    return {
      hash: hash.digest('hex'),
      rows: count('SELECT count(*) FROM rows'),
      bad: count('SELECT count(*) FROM bad_rows'),
      found: count("SELECT count(*) FROM search WHERE search MATCH 'triangle OR question'"),
    };
  } finally {
    db.close();
  }
}

const lines = (): string[] => Array.from({ length: ROWS }, (_, i) => manyRow(i));

/** One file or folder per reader, with a row here and there that cannot be read. */
const SOURCES: Readonly<Record<string, (folder: string) => Promise<string> | string>> = {
  jsonl: (folder) => {
    const path = join(folder, 'a.jsonl');
    writeFileSync(
      path,
      lines()
        .map((line, i) => (i % 1000 === 7 ? `${line.slice(1)}` : line))
        .join('\n'),
    );
    return path;
  },
  json: (folder) => {
    const path = join(folder, 'a.json');
    writeFileSync(
      path,
      `[${lines()
        .map((line, i) => (i % 1000 === 7 ? '17' : line))
        .join(',\n')}]`,
    );
    return path;
  },
  csv: (folder) => {
    const path = join(folder, 'a.csv');
    const rows = lines().map(
      (_line, i) => `"a triangle ""${i}"",\n or not",${i}${i % 1000 === 7 ? ',x' : ''}`,
    );
    writeFileSync(path, `prompt,answer\n${rows.join('\n')}`);
    return path;
  },
  parquet: (folder) => {
    for (const part of [0, 1]) {
      const columnData = [
        {
          name: 'prompt',
          data: lines().map((_, i) => `a triangle ${part} ${i}`),
          type: 'STRING' as const,
        },
        { name: 'answer', data: lines().map((_, i) => i), type: 'INT32' as const },
      ];
      const bytes = parquetWriteBuffer({ columnData, rowGroupSize: 1700 });
      writeFileSync(join(folder, `part-${part}.parquet`), Buffer.from(bytes));
    }
    return folder;
  },
  arrow: (folder) => {
    const path = join(folder, 'a.arrow');
    const table = new Table({
      prompt: vectorFromArray(
        lines().map((_, i) => `a triangle ${i}`),
        new Utf8(),
      ),
      answer: vectorFromArray(
        lines().map((_, i) => i),
        new Int32(),
      ),
    });
    writeFileSync(path, tableToIPC(table, 'stream'));
    return path;
  },
  webdataset: async (folder) => {
    const path = join(folder, 'a.tar');
    const tar = pack();
    const written = pipeline(tar, createWriteStream(path));
    for (let i = 0; i < ROWS; i++) {
      tar.entry({ name: `${i}.txt` }, `a triangle ${i}`);
      tar.entry({ name: `${i}.json` }, i % 1000 === 7 ? '{' : '{"answer":1}');
    }
    tar.finalize();
    await written;
    return path;
  },
  imagefolder: async (folder) => {
    mkdirSync(join(folder, 'train', 'cat'), { recursive: true });
    for (let i = 0; i < 30; i++) {
      writeFileSync(join(folder, 'train', 'cat', `${i}.png`), await makePng(4, 4, i));
    }
    writeFileSync(join(folder, 'train', 'cat', 'broken.png'), 'no picture');
    const rows = Array.from({ length: 25 }, (_, i) => ({
      file_name: `cat/${i}.png`,
      text: `triangle ${i}`,
    }));
    writeFileSync(
      join(folder, 'train', 'metadata.jsonl'),
      rows.map((row) => JSON.stringify(row)).join('\n'),
    );
    return folder;
  },
};

describe('cancel and resume', () => {
  it.each(Object.entries(SOURCES))('%s: in slices as in one go', async (_name, write) => {
    const path = await write(makeTemporaryFolder());
    const sliced = await importInSlices(path);
    expect(sliced.slices).toBeGreaterThan(1);
    const whole = contentOf(await importWhole(path));
    expect(contentOf(sliced.folder)).toEqual(whole);
    expect(Number(whole.rows) + Number(whole.bad)).toBeGreaterThan(30);
    expect(whole.found).toBe(whole.rows);
  });

  it('goes on after the process was killed', async () => {
    const path = join(makeTemporaryFolder(), 'a.jsonl');
    writeManyRows(path, 7000);
    const workspace = makeTemporaryFolder();
    const folder = join(workspace, 'datasets', 'killed');
    const script = fileURLToPath(new URL('../../support/import-and-die.ts', import.meta.url));
    const { signal } = spawnSync(process.execPath, [script, path, folder, workspace, '2']);
    expect(signal).toBe('SIGKILL');
    const hooks = { isCancelled: () => false, onProgress: () => {}, onMedia: () => {} };
    const result = await runImport({ start: null, folder, workspace }, hooks);
    expect(result).toMatchObject({ kind: 'finished', rows: 7000 });
    expect(contentOf(folder)).toEqual(contentOf(await importWhole(path)));
  });

  it('refuses to go on in a file that has changed', async () => {
    const path = join(makeTemporaryFolder(), 'a.jsonl');
    writeManyRows(path, 3000);
    const { mapping } = await sniffPath(path);
    const workspace = makeTemporaryFolder();
    const folder = join(workspace, 'datasets', 'one');
    let batches = 0;
    const hooks = { isCancelled: () => batches++ > 0, onProgress: () => {}, onMedia: () => {} };
    await runImport({ start: { path, mapping }, folder, workspace }, hooks);
    writeManyRows(path, 2999);
    await expect(runImport({ start: null, folder, workspace }, hooks)).rejects.toMatchObject({
      code: 'dataset/source-changed',
    });
  });
});

describe('the worker', () => {
  it('sniffs, imports, reports progress and media, and stops when asked to', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'a.png'), await makePng(6, 6));
    const path = join(folder, 'a.jsonl');
    const rows = Array.from({ length: 6000 }, (_, i) =>
      JSON.stringify({ prompt: `${i}?`, image: 'a.png' }),
    );
    writeFileSync(path, rows.join('\n'));
    const { mapping, shape } = await sniffSource(path);
    expect(shape).toBe('trl-prompt');
    const workspace = makeTemporaryFolder();
    const target = join(workspace, 'datasets', 'one');
    const media: MediaRef[] = [];
    const abort = new AbortController();
    const first = await startImport({
      path,
      mapping,
      folder: target,
      workspace,
      onMedia: (batch) => {
        media.push(...batch);
        abort.abort();
      },
      signal: abort.signal,
    });
    expect(first.kind).toBe('cancelled');
    expect(media).toMatchObject([{ width: 6, type: 'image/png' }]);
    const progress: ImportProgress[] = [];
    const second = await resumeImport({
      folder: target,
      workspace,
      onProgress: (told) => progress.push(told),
    });
    expect(second).toMatchObject({ kind: 'finished', rows: 6000, badRows: 0 });
    expect(progress.at(-1)).toMatchObject({ stage: 'indexing', rows: 6000 });
  });

  it('brings an error of the worker back as it was', async () => {
    await expect(sniffSource('/nowhere/at/all')).rejects.toMatchObject({ code: 'file/missing' });
  });
});
