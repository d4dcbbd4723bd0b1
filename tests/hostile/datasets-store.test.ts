/** Damaged files, foreign texts and numbers out of range against the datasets room: a typed error each. */
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetId, filter, rowQuery, tagName } from '../../src/shared/model/dataset.ts';
import { exportRequest } from '../../src/shared/model/dataset-reports.ts';
import { ask, type DatasetLab, noEngine, openDatasetLab, queryOf } from '../support/dataset-lab.ts';

const HTML = '<img src=x onerror="alert(1)"><script>alert(2)</script>';

let lab: DatasetLab;
let id: string;
beforeEach(async () => {
  lab = openDatasetLab(noEngine);
  const samples = Array.from({ length: 200 }, (_, row) =>
    ask(`${HTML} ${row}`, `${HTML} "; DROP TABLE rows; -- ${row}`, {
      answer: row === 3 ? '\u0000\u202e=1+1' : HTML,
      task: `t'${row % 3}"`,
    }),
  );
  id = await lab.add(HTML, samples, [
    { title: `"];--${HTML}`, kind: 'category', pick: (_, row) => `v"${row % 2}` },
  ]);
});
afterEach(() => lab.close());

describe('texts that mean something elsewhere', () => {
  it('stay texts in names, rows, facets, searches and tags', async () => {
    const { browser, tags } = lab.datasets;
    expect(datasetId.safeParse(id).success).toBe(true);
    expect(lab.datasets.get(id).name).toBe(HTML);
    const page = await browser.rows(queryOf(id), 3, 1);
    expect(page.rows[0]).toMatchObject({ key: `${HTML} 3`, answer: '\u0000\u202e=1+1' });
    const query = queryOf(id, { filters: [{ kind: 'in', column: 'c5', values: [`t'1"`] }] });
    expect((await browser.count(query)).rows).toBe(67);
    for (const search of [
      '"',
      '""" OR *',
      'a:b',
      'NEAR(a b',
      '^x',
      '-',
      '{a b}: c',
      `'`,
      ';--',
      '\u0000',
      '*'.repeat(900),
    ]) {
      expect((await browser.count(queryOf(id, { search }))).rows, search).toBeGreaterThanOrEqual(0);
    }
    const tag = tagName.parse(`x"'; DELETE FROM row_tag; --`);
    await tags.edit({ dataset: id, rows: [1, 2], add: [tag], remove: [] });
    expect(
      (await browser.count(queryOf(id, { filters: [{ kind: 'tag', tags: [tag] }] }))).rows,
    ).toBe(2);
    const { facets } = await browser.facets({ query: queryOf(id), columns: ['c8'] });
    expect(facets[0]).toMatchObject({
      title: `"];--${HTML}`,
      values: [{ value: 'v"0' }, { value: 'v"1' }],
    });
  });

  it('cannot name a file of the export', async () => {
    const record = await lab.datasets.exports.start(
      exportRequest.parse({ dataset: id, format: 'csv', isChecked: false }),
    );
    const ended = await lab.datasets.exports.ended(record.id);
    expect(ended).toMatchObject({ status: 'done' });
    expect(record.path.startsWith(join(lab.folder, 'exports'))).toBe(true);
    const table = readFileSync(join(record.path, 'rows.csv'), 'utf8');
    expect(table.split('\r\n').filter((line) => /^[=+@]/.test(line))).toEqual([]);
  });
});

describe('requests that fit no schema', () => {
  it('are refused', () => {
    const many = Array.from({ length: 101 }, () => ({ kind: 'rows', rows: [] }));
    for (const query of [
      { dataset: '../../etc' },
      { dataset: 'a/b' },
      { dataset: '' },
      { dataset: 'x', search: 'a'.repeat(1001) },
      { dataset: 'x', filters: many },
      { dataset: 'x', sort: { column: 1 } },
    ]) {
      expect(rowQuery.safeParse(query).success).toBe(false);
    }
    expect(filter.safeParse({ kind: 'rows', rows: [-1] }).success).toBe(false);
    expect(filter.safeParse({ kind: 'range', column: 'c0', min: 'a', max: null }).success).toBe(
      false,
    );
  });

  it('about rows beyond the end give nothing', async () => {
    const { browser, tags, views } = lab.datasets;
    expect((await browser.rows(queryOf(id), 2 ** 31 - 1, 1000)).rows).toEqual([]);
    const beyond = queryOf(id, { filters: [{ kind: 'rows', rows: [5000, 2 ** 31 - 1] }] });
    expect((await browser.count(beyond)).rows).toBe(0);
    await tags.edit({ dataset: id, rows: [5000], add: ['far'], remove: [] });
    expect(
      (await browser.count(queryOf(id, { filters: [{ kind: 'tag', tags: ['far'] }] }))).rows,
    ).toBe(0);
    await expect(
      browser.count(queryOf(id, { view: { id: 'none', version: 1 } })),
    ).rejects.toMatchObject({
      code: 'dataset/missing-view',
    });
    await expect(tags.edit({ dataset: id, add: ['x'], remove: [] })).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
    await expect(views.update({ id: 'none' })).rejects.toMatchObject({
      code: 'dataset/missing-view',
    });
  });
});

describe('damaged files', () => {
  it('of columns are made again', async () => {
    const { datasets } = lab;
    const columns = join(datasets.folder(id), 'columns');
    for (const damage of [
      () => rmSync(columns, { recursive: true }),
      () => writeFileSync(join(columns, 'index.json'), '{"format": 4, "rows": 20'),
    ]) {
      await datasets.browser.close(id);
      damage();
      await lab.datasets.dispose();
      lab.workspace.dispose();
      lab = openDatasetLab(noEngine, lab.folder);
      await lab.datasets.settled();
      expect(existsSync(join(columns, 'index.json'))).toBe(true);
      const { facets } = await lab.datasets.browser.facets({ query: queryOf(id) });
      expect(facets.length).toBeGreaterThan(3);
    }
  });

  it('of columns that are cut short say which folder to delete', async () => {
    await lab.datasets.browser.close(id);
    truncateSync(join(lab.datasets.folder(id), 'columns', 'c5.codes'), 10);
    await expect(lab.datasets.browser.facets({ query: queryOf(id) })).rejects.toMatchObject({
      code: 'file/corrupt',
    });
    expect((await lab.datasets.browser.rows(queryOf(id), 0, 5)).rows).toHaveLength(5);
  });

  it('of rows are a typed error everywhere, and the other datasets stay readable', async () => {
    const other = await lab.add('sound', [ask('a', 'b')]);
    const { datasets } = lab;
    await datasets.browser.close(id);
    const file = join(datasets.folder(id), 'rows.sqlite');
    writeFileSync(file, Buffer.alloc(8192, 7));
    const corrupt = { code: 'workspace/corrupt' };
    await expect(datasets.browser.rows(queryOf(id), 0, 5)).rejects.toMatchObject(corrupt);
    expect(() => datasets.badRows(id, { offset: 0, limit: 5 })).toThrow(
      expect.objectContaining(corrupt),
    );
    await expect(datasets.sql({ dataset: id, sql: 'SELECT 1', limit: 1 })).rejects.toMatchObject({
      code: expect.stringMatching(/corrupt|sql/),
    });
    const { ended } = datasets.preflight.start(id);
    await ended;
    expect(datasets.preflight.state(id)).toMatchObject({ report: null, error: corrupt });
    const record = await datasets.exports.start(
      exportRequest.parse({ dataset: id, format: 'rationale' }),
    );
    expect(await datasets.exports.ended(record.id)).toMatchObject({
      status: 'failed',
      error: corrupt,
    });
    expect(existsSync(record.path)).toBe(false);
    await expect(datasets.materialise({ dataset: id })).rejects.toMatchObject(corrupt);
    expect((await datasets.browser.rows(queryOf(other), 0, 5)).total).toBe(1);
  });

  it('of stored row lists are a typed error', async () => {
    const view = await lab.datasets.views.create({ name: 'v', query: queryOf(id) });
    lab.workspace.db.prepare("UPDATE view_version SET row_list = x'00ff00ff'").run();
    lab.datasets.browser.invalidate();
    expect(() => lab.datasets.views.rows(view)).toThrow(
      expect.objectContaining({ code: 'workspace/corrupt' }),
    );
    const query = queryOf(id, { view: { id: view.id, version: 1 } });
    await expect(lab.datasets.browser.count(query)).rejects.toMatchObject({
      code: 'workspace/corrupt',
    });
  });
});
