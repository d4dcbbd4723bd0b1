/** Pass rates of a run as a column: the last visit of a row counts, rows that were never sampled have none. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openIndex } from '../../../src/main/storage/index-database.ts';
import {
  ask,
  type DatasetLab,
  noEngine,
  openDatasetLab,
  queryOf,
} from '../../support/dataset-lab.ts';

let lab: DatasetLab;
let id: string;
beforeEach(async () => {
  lab = openDatasetLab(noEngine);
  id = await lab.add(
    'train',
    Array.from({ length: 50 }, (_, row) => ask(`k${row}`, `Q ${row}`, { answer: '1' })),
  );
});
afterEach(() => lab.close());

/** Groups of a run as the rollouts room indexes them. */
function indexRun(
  run: string,
  groups: readonly (readonly [number, string, number | null, number])[],
): void {
  const db = openIndex(join(lab.folder, 'index.sqlite'));
  const { lastInsertRowid } = db
    .prepare("INSERT INTO run (id, record, created_at) VALUES (?, '{}', 0)")
    .run(run);
  const insert = db.prepare(
    `INSERT INTO rollout_group (rid, step, place, prompt, row, question, images, size, right,
       unique_answers, truncated, is_silent, tokens_mean) VALUES (?, ?, 0, ?, ?, '', '[]', ?, ?, 1, 0, 0, 1)`,
  );
  for (const [step, row, right, size] of groups)
    insert.run(lastInsertRowid, step, row, row, size, right);
  db.close();
}

it('filter, sort and show up as a facet, and go again', async () => {
  indexRun('run-1', [
    [1, 'k3', 0, 8],
    [5, 'k3', 4, 8],
    [2, 'k4', 8, 8],
    [2, 'k5', null, 8],
    [3, 'k6', 2, 8],
    [3, 'k7', 1, 8],
    [3, 'elsewhere', 1, 8],
  ]);
  const { datasets } = lab;
  const summary = await datasets.addPassRates(id, 'run-1', 'first try');
  const column = summary.columns[0];
  expect(column).toMatchObject({ title: 'Pass rate, first try', kind: 'number', isDerived: true });
  const name = column?.name ?? '';
  const band = queryOf(id, { filters: [{ kind: 'range', column: name, min: 0.2, max: 0.8 }] });
  const page = await datasets.browser.rows(band, 0, 10);
  expect(page.rows.map(({ row, values }) => [row, values[name]])).toEqual([
    [3, 0.5],
    [6, 0.25],
  ]);
  const sorted = await datasets.browser.rows(
    queryOf(id, { sort: { column: name, isDescending: false } }),
    0,
    6,
  );
  expect(sorted.rows.map(({ row }) => row)).toEqual([7, 6, 3, 4, 0, 1]);
  const { facets } = await datasets.browser.facets({ query: queryOf(id), columns: [name] });
  expect(facets[0]).toMatchObject({
    kind: 'histogram',
    title: 'Pass rate, first try',
    min: 0.125,
    max: 1,
    median: 0.375,
  });
  expect(facets[0]).toHaveProperty('bins.length', 8);
  const view = await datasets.views.create({ name: 'band', query: band });
  expect(view.rows).toBe(2);
  const without = await datasets.removeColumn(id, name);
  expect(without.columns.map((known) => known.name)).not.toContain(name);
  await expect(datasets.browser.count(band)).rejects.toMatchObject({ code: 'rpc/invalid-input' });
  expect([...datasets.views.rows(view)]).toEqual([3, 6]);
  await expect(datasets.removeColumn(id, 'c0')).rejects.toMatchObject({
    code: 'rpc/invalid-input',
  });
});

it('of a run that knows none of the rows are refused', async () => {
  indexRun('other', [[1, 'far', 1, 2]]);
  for (const run of ['other', 'never']) {
    await expect(lab.datasets.addPassRates(id, run)).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
  }
  expect(lab.datasets.get(id).columns.some(({ name }) => name.startsWith('pass_'))).toBe(false);
});
