/** Imports as the window starts them: progress, bad rows, cancelling, going on after a restart. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ownEngine } from '../../../src/main/datasets/service/own-engine.ts';
import { worldRequest } from '../../../src/shared/model/dataset.ts';
import { type DatasetLab, noEngine, openDatasetLab, queryOf } from '../../support/dataset-lab.ts';
import { writeManyRows } from '../../support/million-rows.ts';

let lab: DatasetLab;
let sources: string;
beforeEach(() => {
  sources = mkdtempSync(join(tmpdir(), 'rationale-sources-'));
  lab = openDatasetLab(noEngine);
});
afterEach(async () => {
  await lab.close();
  rmSync(sources, { recursive: true, force: true });
});

async function importFile(path: string): Promise<string> {
  const { mapping } = await lab.datasets.sniff(path);
  return lab.datasets.import({ path, mapping, name: 'rows', isHeldOut: false }).id;
}

it('fill a dataset, list its bad rows and are ready for queries', async () => {
  const path = join(sources, 'rows.jsonl');
  const lines = Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({ prompt: `Q ${i}`, answer: `${i}`, level: i % 3 }),
  );
  lines[7] = '{"prompt": broken';
  writeFileSync(path, lines.join('\n'));
  const versions: number[] = [];
  lab.changes.subscribe((room, version) => room === 'datasets' && versions.push(version));
  const id = await importFile(path);
  expect(lab.datasets.get(id)).toMatchObject({
    status: 'importing',
    name: 'rows',
    progress: { done: 0 },
  });
  await lab.datasets.imports.ended(id);
  expect(lab.datasets.get(id)).toMatchObject({
    status: 'ready',
    rows: 29,
    badRows: 1,
    progress: null,
    error: null,
  });
  expect(versions.length).toBeGreaterThan(1);
  expect(lab.datasets.badRows(id, { offset: 0, limit: 10 })).toMatchObject({
    total: 1,
    rows: [{ line: 8, reason: expect.any(String) }],
  });
  const { facets } = await lab.datasets.browser.facets({ query: queryOf(id) });
  expect(facets.map(({ title }) => title)).toContain('difficulty');
  expect((await lab.datasets.browser.count(queryOf(id, { search: 'Q 12' }))).rows).toBe(1);
  const again = await importFile(path);
  expect(lab.datasets.get(again).name).toBe('rows 2');
  await lab.datasets.imports.ended(again);
});

it('say what failed', async () => {
  const path = join(sources, 'rows.jsonl');
  writeFileSync(path, '{"prompt": "a"}\n');
  const { mapping } = await lab.datasets.sniff(path);
  rmSync(path);
  expect(() => lab.datasets.import({ path, mapping, name: 'x', isHeldOut: false })).toThrow(
    expect.objectContaining({ code: 'file/missing' }),
  );
  const saved = lab.datasets.table.saveMapping('mine', mapping);
  lab.datasets.table.saveMapping('mine', mapping);
  expect(lab.datasets.table.mappings()).toHaveLength(1);
  lab.datasets.table.removeMapping(saved.id);
});

it('are cancelled, found cut off after a restart, and go on from where they were', async () => {
  const path = join(sources, 'many.jsonl');
  writeManyRows(path, 30_000);
  const id = await importFile(path);
  await new Promise<void>((resolve) => {
    lab.changes.subscribe(() => {
      if (lab.datasets.get(id).rows > 0) resolve();
    });
  });
  await lab.datasets.imports.cancel(id);
  const cancelled = lab.datasets.get(id);
  expect(cancelled).toMatchObject({ status: 'cancelled', progress: null });
  expect(cancelled.rows).toBeGreaterThan(0);
  // As a process that was killed leaves it.
  lab.workspace.db.prepare('UPDATE import_job SET ended_at = NULL').run();
  lab.workspace.db.prepare("UPDATE dataset SET status = 'importing'").run();
  await lab.datasets.dispose();
  lab.workspace.dispose();
  lab = openDatasetLab(noEngine, lab.folder);
  expect(lab.datasets.get(id)).toMatchObject({ status: 'cancelled', rows: cancelled.rows });
  lab.datasets.imports.resume(id);
  expect(() => lab.datasets.imports.resume(id)).toThrow(
    expect.objectContaining({ code: 'dataset/busy' }),
  );
  await lab.datasets.imports.ended(id);
  expect(lab.datasets.get(id)).toMatchObject({ status: 'ready', rows: 30_000, badRows: 0 });
  expect((await lab.datasets.browser.rows(queryOf(id), 29_999, 1)).rows[0]?.key).toBe('row-29999');
});

it('come from the starter world too, with pictures and boxes', async () => {
  await lab.close();
  lab = openDatasetLab(ownEngine);
  const request = worldRequest.parse({
    name: 'walks',
    tasks: ['follow', 'bar'],
    n: 12,
    seed: 3,
    think: true,
  });
  const { id, origin } = lab.datasets.importWorld(request);
  expect(origin).toEqual({ kind: 'world', format: 'world', path: null });
  await lab.datasets.imports.ended(id);
  expect(lab.datasets.get(id)).toMatchObject({
    status: 'ready',
    rows: 12,
    badRows: 0,
    isHeldOut: false,
  });
  const sample = await lab.datasets.browser.sample(id, 0);
  expect(sample.completion).toContain('<answer>');
  expect(sample.images).toHaveLength(1);
  expect(sample.verifier).not.toBeNull();
  const seen = await lab.datasets.modelSees({ dataset: id, row: 0 });
  expect(seen.error).toBeNull();
  expect(seen.images).toMatchObject([
    { sha256: sample.images[0]?.sha256, width: sample.images[0]?.width },
  ]);
  const trained = seen.tokens.filter(({ isTrained }) => isTrained).map(({ text }) => text);
  expect(trained.join('')).toContain('answer');
  const { rows } = await lab.datasets.browser.rows(queryOf(id), 0, 12);
  expect(new Set(rows.map(({ values }) => values['c5']))).toEqual(new Set(['follow', 'bar']));
  expect(rows.every(({ thumb }) => thumb !== null && lab.media.has(thumb))).toBe(true);
});
