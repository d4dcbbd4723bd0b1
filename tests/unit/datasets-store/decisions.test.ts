/** What a person decides about rows and datasets: tags, views, names, marks, the trash; all undoable. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlConsole } from '../../../src/main/datasets/sql/sql-console.ts';
import { trainingRow } from '../../../src/shared/protocol/rows.ts';
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
  const samples = Array.from({ length: 40 }, (_, row) =>
    ask(`k${row}`, `What is ${row}?`, { answer: `${row}`, task: row % 2 === 0 ? 'even' : 'odd' }),
  );
  id = await lab.add('numbers', samples);
});
afterEach(() => lab.close());

const even = () => queryOf(id, { filters: [{ kind: 'in', column: 'c5', values: ['even'] }] });
const tagged = (...tags: string[]) => queryOf(id, { filters: [{ kind: 'tag', tags }] });
const count = async (query: ReturnType<typeof even>) =>
  (await lab.datasets.browser.count(query)).rows;

describe('tags', () => {
  it('are set on rows or on all that match, found, counted and undone', async () => {
    const { tags, browser } = lab.datasets;
    expect(await tags.edit({ dataset: id, rows: [1, 2], add: ['look'], remove: [] })).toEqual({
      rows: 2,
    });
    expect(await tags.edit({ dataset: id, query: even(), add: ['look'], remove: [] })).toEqual({
      rows: 19,
    });
    expect(await count(tagged('look'))).toBe(21);
    expect((await browser.rows(tagged('look'), 0, 1)).rows[0]).toMatchObject({
      row: 0,
      tags: ['look'],
    });
    const { tags: facet } = await browser.facets({ query: even() });
    expect(facet).toEqual([{ value: 'look', count: 20, total: 21 }]);
    expect(await lab.history.undo()).toContain('tag 19 rows +look');
    expect(await count(tagged('look'))).toBe(2);
    await lab.history.redo();
    expect(await count(tagged('look'))).toBe(21);
    await tags.edit({ dataset: id, query: even(), add: ['done'], remove: ['look'] });
    expect([await count(tagged('look')), await count(tagged('done', 'look'))]).toEqual([1, 21]);
    await lab.history.undo();
    expect(await count(tagged('done'))).toBe(0);
    expect(await tags.edit({ dataset: id, rows: [1], add: ['look'], remove: [] })).toEqual({
      rows: 0,
    });
  });
});

describe('views', () => {
  it('freeze the rows of a query; a version never changes', async () => {
    const { views, tags, browser } = lab.datasets;
    await tags.edit({ dataset: id, rows: [3, 4], add: ['a'], remove: [] });
    const view = await views.create({ name: 'picked', query: tagged('a') });
    expect(view).toMatchObject({ name: 'picked', version: 1, rows: 2 });
    await tags.edit({ dataset: id, rows: [5], add: ['a'], remove: ['x'] });
    expect([...views.rows(view)]).toEqual([3, 4]);
    const second = await views.update({ id: view.id, query: tagged('a') });
    expect(second).toMatchObject({ version: 2, rows: 3 });
    expect(second.hash).not.toBe(view.hash);
    expect(await count(queryOf(id, { view: { id: view.id, version: 1 } }))).toBe(2);
    const page = await browser.rows(queryOf(id, { view: { id: view.id, version: 2 } }), 0, 10);
    expect(page.rows.map(({ row }) => row)).toEqual([3, 4, 5]);
    await lab.history.undo();
    expect(views.newest(view.id)).toMatchObject({ version: 1, rows: 2 });
    const third = await views.update({ id: view.id, rows: [9, 1, 9] });
    expect(third.version).toBe(3);
    expect([...views.rows(third)]).toEqual([9, 1]);
    const ordered = await browser.rows(queryOf(id, { view: { id: view.id, version: 3 } }), 0, 10);
    expect(ordered.rows.map(({ row }) => row)).toEqual([9, 1]);
    views.remove(view.id);
    expect(views.list(id)).toEqual([]);
    await lab.history.undo();
    expect(views.list(undefined).map(({ name }) => name)).toEqual(['picked']);
    await expect(views.create({ name: 'x', query: queryOf(id), rows: [40] })).rejects.toMatchObject(
      {
        code: 'dataset/missing-row',
      },
    );
  });

  it('are files of the engine when they are trained on, written once', async () => {
    const { views } = lab.datasets;
    const view = await views.create({ name: 'even', query: even() });
    await views.update({ id: view.id, isHeldOut: true });
    const file = await lab.datasets.materialise({ dataset: id, view });
    expect(file).toMatchObject({ rows: 20 });
    expect(file.warnings).toEqual(['The view even is marked as held out.']);
    const rows = readFileSync(file.path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => trainingRow.parse(JSON.parse(line)));
    expect(rows).toHaveLength(20);
    expect(rows[1]).toMatchObject({
      id: 'k2',
      messages: [{ role: 'user', content: 'What is 2?' }],
      answer: '2',
      task: 'even',
    });
    expect((await lab.datasets.materialise({ dataset: id, view })).path).toBe(file.path);
    const all = await lab.datasets.materialise({ dataset: id });
    expect(all.rows).toBe(40);
    expect(all.path).not.toBe(file.path);
  });
});

describe('datasets', () => {
  it('are renamed and marked, and that is undone', async () => {
    const { datasets } = lab;
    datasets.rename(id, 'digits');
    datasets.setHeldOut(id, true);
    expect(datasets.get(id)).toMatchObject({ name: 'digits', isHeldOut: true });
    await lab.history.undo();
    await lab.history.undo();
    expect(datasets.get(id)).toMatchObject({ name: 'numbers', isHeldOut: false });
  });

  it('go to the trash with their folder and come back with tags and views', async () => {
    const { datasets } = lab;
    await datasets.tags.edit({ dataset: id, rows: [0], add: ['kept'], remove: [] });
    await datasets.browser.count(queryOf(id));
    await datasets.remove(id);
    expect(datasets.list()).toEqual([]);
    expect(existsSync(datasets.folder(id))).toBe(false);
    expect(() => datasets.get(id)).toThrow(expect.objectContaining({ code: 'dataset/missing' }));
    await lab.history.undo();
    expect(datasets.list().map(({ name }) => name)).toEqual(['numbers']);
    expect(await count(tagged('kept'))).toBe(1);
    await lab.history.redo();
    expect(datasets.list()).toEqual([]);
  });

  it('are forgotten at the next start when the trash was emptied', async () => {
    await lab.datasets.remove(id);
    await lab.trash.empty();
    await lab.datasets.dispose();
    lab.workspace.dispose();
    lab = openDatasetLab(noEngine, lab.folder);
    const left = lab.workspace.db.prepare('SELECT count(*) FROM dataset').pluck().get();
    expect(left).toBe(0);
  });
});

describe('read-only SQL', () => {
  const run = (sql: string, limit = 10) => lab.datasets.sql({ dataset: id, sql, limit });

  it('names columns as the window does', async () => {
    const { columns, rows } = await run('SELECT task, count(*) AS n FROM rows_named GROUP BY task');
    expect(columns).toEqual(['task', 'n']);
    expect(rows.length).toBeGreaterThan(0);
    await expect(run('DROP VIEW rows_named')).rejects.toMatchObject({ code: 'dataset/sql' });
  });
  const refused = [
    'DELETE FROM rows',
    'DROP TABLE rows',
    'CREATE TABLE x (y)',
    "ATTACH DATABASE 'other.sqlite' AS other",
    'PRAGMA query_only = OFF',
    '/* */ PRAGMA journal_mode',
    "VACUUM INTO 'copy.sqlite'",
    'SELECT 1; SELECT 2',
    "SELECT load_extension('x')",
    "INSERT INTO rows (row, key, prompt, image_count) VALUES (99, 'a', 'b', 0) RETURNING row",
    'SELECT',
    'SELEKT 1',
    'SELECT nothing FROM rows',
  ];
  it('answers a SELECT with a table, refuses the rest and says where the text is wrong', async () => {
    const table = await run('SELECT c5 AS task, count(*) AS n FROM rows GROUP BY 1 ORDER BY 1');
    expect(table).toMatchObject({
      columns: ['task', 'n'],
      rows: [
        ['even', 20],
        ['odd', 20],
      ],
      isCut: false,
    });
    expect(await run('SELECT row FROM rows', 5)).toMatchObject({ isCut: true });
    for (const sql of refused) {
      await expect(run(sql), sql).rejects.toMatchObject({ code: 'dataset/sql' });
    }
    expect(await count(queryOf(id))).toBe(40);
    expect(existsSync('other.sqlite') || existsSync('copy.sqlite')).toBe(false);
    await expect(run('SELECT row\nFRUM rows')).rejects.toMatchObject({
      message: expect.stringContaining('line 2'),
      details: { position: expect.any(Number) },
    });
  });

  it('stops a statement that does not end, and answers the next one', async () => {
    const console = new SqlConsole(1500);
    const folder = lab.datasets.folder(id);
    const endless =
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n';
    const stopped = console.run(folder, { sql: endless, limit: 1 });
    await expect(stopped).rejects.toMatchObject({ code: 'dataset/sql-timeout' });
    console.dispose();
    expect((await run('SELECT 1')).rows).toEqual([[1]]);
  });
});
