/** Rows, counts, facets and searches of a dataset against the same done by hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facet, Filter, RowQuery } from '../../../src/shared/model/dataset.ts';
import {
  ask,
  type DatasetLab,
  noEngine,
  openDatasetLab,
  queryOf,
} from '../../support/dataset-lab.ts';

const TASKS = ['chart', 'count', 'figure', null];
const samples = Array.from({ length: 500 }, (_, row) =>
  ask(`key-${row}`, `Question ${row} about ${row % 7 === 0 ? 'red harvest' : 'blue rivers'}`, {
    answer: String(row % 11),
    task: TASKS[row % 4] ?? null,
    difficulty: row % 5 === 4 ? null : row % 5,
    completion: row % 3 === 0 ? `Because of ${row}` : null,
  }),
);
const RATE = 'c8';
const LEVEL = 'c9';
const THIRD = 'c10';
const NAME = 'c11';

let lab: DatasetLab;
let id: string;
beforeAll(async () => {
  lab = openDatasetLab(noEngine);
  id = await lab.add('mix', samples, [
    { title: 'pass_rate', kind: 'number', pick: (_, row) => (row % 9) / 8 },
    { title: 'level', kind: 'category', pick: (_, row) => (row % 2 === 0 ? 'easy' : 'hard') },
    { title: 'third', kind: 'number', pick: (_, row) => (row % 4) / 3 + 1e-17 },
    { title: 'name', kind: 'text', pick: (_, row) => `n${(row * 37) % 500}` },
  ]);
});
afterAll(() => lab.close());

async function rowsOf(rest: Partial<RowQuery>): Promise<number[]> {
  const page = await lab.datasets.browser.rows(queryOf(id, rest), 0, 1000);
  expect(page.total).toBe(page.rows.length);
  expect((await lab.datasets.browser.count(queryOf(id, rest))).rows).toBe(page.total);
  return page.rows.map(({ row }) => row);
}
const byHand = (keep: (row: number) => boolean) => samples.map((_, row) => row).filter(keep);

describe('rows of a query', () => {
  it('come in source order, at any offset', async () => {
    const page = await lab.datasets.browser.rows(queryOf(id), 480, 50);
    expect(page.total).toBe(500);
    expect(page.rows.map(({ row }) => row)).toEqual(byHand((row) => row >= 480));
    expect(page.rows[0]).toMatchObject({
      key: 'key-480',
      answer: String(480 % 11),
      imageCount: 0,
      tags: [],
      values: { c4: true, c5: 'chart', c9: 'easy', c11: `n${(480 * 37) % 500}` },
    });
    expect((await lab.datasets.browser.rows(queryOf(id), 600, 50)).rows).toEqual([]);
  });

  const cases: [string, Filter[], (row: number) => boolean][] = [
    ['one value', [{ kind: 'in', column: 'c5', values: ['chart'] }], (row) => row % 4 === 0],
    ['no value', [{ kind: 'in', column: 'c5', values: [null] }], (row) => row % 4 === 3],
    [
      'a value, turned around',
      [{ kind: 'in', column: 'c9', values: ['easy'], isNot: true }],
      (row) => row % 2 === 1,
    ],
    ['a boolean', [{ kind: 'in', column: 'c4', values: [false] }], (row) => row % 3 !== 0],
    [
      'a range',
      [{ kind: 'range', column: RATE, min: 0.25, max: 0.5 }],
      (row) => row % 9 >= 2 && row % 9 <= 4,
    ],
    [
      'an open range',
      [{ kind: 'range', column: 'c6', min: 2, max: null }],
      (row) => [2, 3].includes(row % 5),
    ],
    [
      'a number as a value',
      [{ kind: 'in', column: 'c6', values: [1, null] }],
      (row) => [1, 4].includes(row % 5),
    ],
    ['a text', [{ kind: 'in', column: NAME, values: ['n0', 'n37'] }], (row) => row < 2],
    [
      'no text',
      [{ kind: 'in', column: 'key', values: ['key-3'], isNot: true }],
      (row) => row !== 3,
    ],
    ['some rows', [{ kind: 'rows', rows: [5, 9, 77] }], (row) => [5, 9, 77].includes(row)],
    [
      'two columns and two filters on one',
      [
        { kind: 'range', column: RATE, min: 0.25, max: null },
        { kind: 'range', column: RATE, min: null, max: 0.5 },
        { kind: 'in', column: LEVEL, values: ['hard'] },
      ],
      (row) => row % 9 >= 2 && row % 9 <= 4 && row % 2 === 1,
    ],
  ];
  it.each(cases)('are filtered by %s', async (_, filters, keep) => {
    expect(await rowsOf({ filters })).toEqual(byHand(keep));
  });

  it.each([
    ['a word', 'harvest', (row: number) => row % 7 === 0],
    ['a beginning', 'red harv', (row: number) => row % 7 === 0],
    ['a phrase', '"red harvest"', (row: number) => row % 7 === 0],
    ['a phrase the wrong way round', '"harvest red"', () => false],
    [
      'the completion',
      'because 33',
      (row: number) => row === 33 || (row % 3 === 0 && /^33\d$/.test(String(row))),
    ],
    ['operators as words', 'NOT "AND" OR: col:x (NEAR', () => false],
    ['no word at all', '?!*"', () => false],
  ])('are searched by %s', async (_, search, keep) => {
    expect(await rowsOf({ search })).toEqual(byHand(keep));
  });

  it('are sorted by any column, equal ones in row order, rows without a value last', async () => {
    const sorted = (column: string, isDescending: boolean) =>
      rowsOf({ sort: { column, isDescending } });
    const value = (row: number) => (row % 5 === 4 ? null : row % 5);
    const byValue = (sign: number) => (a: number, b: number) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b;
      return sign * (x - y) || a - b;
    };
    expect(await sorted('c6', false)).toEqual(byHand(() => true).sort(byValue(1)));
    expect(await sorted('c6', true)).toEqual(byHand(() => true).sort(byValue(-1)));
    expect((await sorted('c5', false)).slice(0, 3)).toEqual([0, 4, 8]);
    expect((await sorted('c5', true)).slice(0, 2)).toEqual([2, 6]);
    const names = await sorted(NAME, false);
    expect(names.slice(0, 2)).toEqual([0, 473]); // n0, then n1
  });

  it('are located', async () => {
    const { browser } = lab.datasets;
    const hard = queryOf(id, { filters: [{ kind: 'in', column: LEVEL, values: ['hard'] }] });
    expect(await browser.locate(hard, 41)).toBe(20);
    expect(await browser.locate(hard, 40)).toBeNull();
    expect(await browser.locate(queryOf(id), 499)).toBe(499);
    expect(await browser.locate(queryOf(id), 500)).toBeNull();
  });

  it('of a column or dataset that is not there are a typed error', async () => {
    await expect(
      rowsOf({ filters: [{ kind: 'in', column: 'c99"', values: [1] }] }),
    ).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
    await expect(
      rowsOf({ sort: { column: 'row; DROP', isDescending: false } }),
    ).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
    await expect(lab.datasets.browser.count(queryOf('nothing'))).rejects.toMatchObject({
      code: 'file/missing',
    });
    await expect(lab.datasets.browser.sample(id, 5000)).rejects.toMatchObject({
      code: 'dataset/missing-row',
    });
    expect(await lab.datasets.browser.sample(id, 3)).toEqual(samples[3]);
  });
});

describe('facets', () => {
  const facetOf = async (column: string, rest: Partial<RowQuery>): Promise<Facet> => {
    const { facets } = await lab.datasets.browser.facets({ query: queryOf(id, rest) });
    const found = facets.find((facet) => facet.column === column);
    if (found === undefined) throw new Error(`no facet ${column}`);
    return found;
  };

  it('count matching rows beside totals and ignore their own filter', async () => {
    const filters: Filter[] = [
      { kind: 'in', column: LEVEL, values: ['easy'] },
      { kind: 'range', column: RATE, min: 0.5, max: null },
    ];
    const level = await facetOf(LEVEL, { filters });
    const high = byHand((row) => row % 9 >= 4);
    expect(level).toMatchObject({
      kind: 'values',
      distinct: 2,
      values: [
        { value: 'easy', count: high.filter((row) => row % 2 === 0).length, total: 250 },
        { value: 'hard', count: high.filter((row) => row % 2 === 1).length, total: 250 },
      ],
    });
    const rate = await facetOf(RATE, { filters });
    if (rate.kind !== 'histogram') throw new Error('expected a histogram');
    const sum = (key: 'count' | 'total') => rate.bins.reduce((all, bin) => all + bin[key], 0);
    expect(sum('total')).toBe(500);
    expect(sum('count')).toBe(250);
    expect(rate).toMatchObject({ min: 0, max: 1 });
    const easy = byHand((row) => row % 2 === 0)
      .map((row) => (row % 9) / 8)
      .sort((a, b) => a - b);
    expect(rate.median).toBe(((easy[124] ?? 0) + (easy[125] ?? 0)) / 2);
  });

  it('of whole numbers in a short range have a bin each', async () => {
    const facet = await facetOf('c6', {});
    expect(facet).toMatchObject({ kind: 'histogram' });
    if (facet.kind === 'histogram') {
      expect(facet.bins.map(({ from, total }) => [from, total])).toEqual(
        [0, 1, 2, 3].map((n) => [n, 100]),
      );
    }
  });

  it('have bins that are range filters of exactly their rows', async () => {
    for (const column of ['c6', RATE, THIRD, 'c0']) {
      const facet = await facetOf(column, {});
      if (facet.kind !== 'histogram') throw new Error('expected a histogram');
      for (const { from, to, total } of facet.bins) {
        const query = queryOf(id, { filters: [{ kind: 'range', column, min: from, max: to }] });
        expect((await lab.datasets.browser.count(query)).rows, `${column} ${from}`).toBe(total);
      }
    }
  });

  it('find values by a part of their text', async () => {
    const { facets } = await lab.datasets.browser.facets({
      query: queryOf(id),
      columns: ['c5'],
      find: { column: 'c5', text: 'IGU' },
    });
    expect(facets).toHaveLength(1);
    expect(facets[0]).toMatchObject({ values: [{ value: 'figure', total: 125 }], distinct: 4 });
  });
});
