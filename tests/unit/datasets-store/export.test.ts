/** Every form of export, written to a real disk and read back by the importer. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportFormats, formOf } from '../../../src/main/datasets/export/forms.ts';
import { runExport } from '../../../src/main/datasets/export/run-export.ts';
import { csvCell } from '../../../src/main/datasets/export/sinks.ts';
import {
  EXPORT_FORMATS,
  type ExportRecord,
  exportRequest,
} from '../../../src/shared/model/dataset-reports.ts';
import { makeSample, type Sample } from '../../../src/shared/model/sample.ts';
import {
  ask,
  type DatasetLab,
  noEngine,
  openDatasetLab,
  queryOf,
} from '../../support/dataset-lab.ts';

let lab: DatasetLab;
let id: string;
let out: string;
let samples: Sample[];

const text = (content: string) => ({ type: 'text' as const, text: content });
const image = (index: number) => ({ type: 'image' as const, index });

beforeAll(async () => {
  lab = openDatasetLab(noEngine);
  out = mkdtempSync(join(tmpdir(), 'rationale-export-'));
  const pictures = await Promise.all(
    ['#c33', '#3c3', '#33c'].map(async (background, index) =>
      lab.media.put(
        await sharp({ create: { width: 60 + index, height: 40, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    ),
  );
  const [red, green, blue] = pictures;
  if (red === undefined || green === undefined || blue === undefined)
    throw new Error('no pictures');
  samples = [
    makeSample({
      key: 'one',
      messages: [{ role: 'user', content: [image(0), text('How many bars?')] }],
      ...{
        completion: '<think>three of them</think><answer>3</answer>',
        rejected: '<answer>4</answer>',
      },
      ...{ answer: '3', task: 'count', difficulty: 2, label: true, images: [red] },
      verifier: { kind: 'number', params: { value: 3, tolerance: 0 } },
      regions: [{ label: 'bar', image: 0, box: [0.1, 0.25, 0.5, 0.75], by: 'truth' }],
      steps: [
        { text: 'three bars', label: 1 },
        { text: 'so 3', label: -1 },
      ],
      extra: { source: 'web', weight: 0.5 },
    }),
    makeSample({
      key: 'two',
      messages: [
        { role: 'system', content: [text('Look closely.')] },
        {
          role: 'user',
          content: [text('First '), image(0), text(' then '), image(1), text(': which is green?')],
        },
      ],
      ...{
        completion: 'the second',
        rejected: 'the first',
        answer: 'second',
        label: false,
        images: [blue, green],
      },
      steps: [{ text: 'the second', label: 1 }],
      extra: { source: '=SUM(A1)', weight: 2 },
    }),
    ask('three', 'What is 2 + 2?, "really"', {
      ...{ completion: '4', rejected: '5', answer: '-4', task: 'sum', difficulty: 1, label: true },
      steps: [{ text: '4', label: 1 }],
      extra: { source: 'hand', weight: 1 },
    }),
  ];
  id = await lab.add('shapes', samples, [
    { title: 'source', kind: 'category', pick: ({ extra }) => String(extra['source']) },
    { title: 'weight', kind: 'number', pick: ({ extra }) => Number(extra['weight']) },
  ]);
});
afterAll(async () => {
  await lab.close();
  rmSync(out, { recursive: true, force: true });
});

async function run(
  request: Partial<Parameters<typeof exportRequest.parse>[0] & object>,
): Promise<ExportRecord> {
  const { exports } = lab.datasets;
  const { id: record } = await exports.start(exportRequest.parse({ dataset: id, ...request }));
  const ended = await exports.ended(record);
  if (ended === undefined) throw new Error('no record');
  return ended;
}

/** What each form cannot hold, as its `loses` says in words. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  rationale: [],
  'trl-language-modeling': ['label', 'rejected', 'steps'],
  'trl-prompt-only': ['completion', 'label', 'rejected', 'steps'],
  'trl-prompt-completion': ['label', 'rejected', 'steps'],
  'trl-preference': ['label', 'steps'],
  'trl-unpaired-preference': ['rejected', 'steps'],
  'trl-stepwise': ['completion', 'label', 'messages', 'rejected'],
  sharegpt: ['steps'],
  llava: ['label', 'rejected', 'steps'],
  'ms-swift': ['steps'],
  verl: ['completion', 'difficulty', 'label', 'regions', 'rejected', 'steps', 'task', 'verifier'],
  easyr1: ['completion', 'label', 'messages', 'rejected', 'steps'],
  imagefolder: ['steps'],
  webdataset: [],
  csv: ['steps', 'extra.source'],
};

describe('exports', () => {
  it('have a form for every id', () => {
    expect(
      exportFormats()
        .map(({ id: form }) => form)
        .sort(),
    ).toEqual([...EXPORT_FORMATS].sort());
    expect(formOf('csv').files).toEqual(['csv']);
  });

  const cases = exportFormats().flatMap(({ id: format, files }) =>
    files.map((file) => ({ format, file })),
  );
  it.each(cases)(
    'as $format in $file lose what they say and nothing else',
    async ({ format, file }) => {
      const path = join(out, `${format}-${file}`);
      // Without the thread of its own that the service gives it: starting one takes longer.
      const record = await runExport(
        {
          ...{ workspace: lab.folder, form: format, file, path, rows: null, isChecked: true },
          dataset: { id, name: 'shapes' },
          about: { dataset: { id, rows: 3 } },
        },
        () => {},
      );
      const manifest = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({
        format: 1,
        form: format,
        rows: record.rows,
        dataset: { id, rows: 3 },
      });
      if (format === 'coco') return;
      const losses =
        record.roundTrip?.losses.filter(({ field }) => !isDerived(format, field)) ?? [];
      const allowed = EXPECTED[format] ?? [];
      expect(losses.filter(({ field }) => !allowed.includes(field))).toEqual([]);
      expect(record.roundTrip?.rows).toBe(record.rows);
      expect(readdirSync(out).filter((name) => name.includes('.partial'))).toEqual([]);
    },
  );

  it('skip rows a form cannot hold and say why', async () => {
    const record = await run({
      format: 'imagefolder',
      path: join(out, 'skipping'),
      isChecked: false,
    });
    expect(record).toMatchObject({ rows: 2, skipped: [{ reason: 'no picture', rows: 1 }] });
  });

  it('of boxes are COCO in pixels', async () => {
    await run({ format: 'coco', path: join(out, 'boxes'), isChecked: false });
    const coco = JSON.parse(readFileSync(join(out, 'boxes', 'annotations.json'), 'utf8'));
    expect(coco.annotations).toEqual([
      { id: 1, image_id: 1, category_id: 1, bbox: [6, 10, 24, 20], area: 480, iscrowd: 0 },
    ]);
    expect(existsSync(join(out, 'boxes', coco.images[0].file_name))).toBe(true);
  });

  it('take the rows of a view or a query, in their order', async () => {
    const view = await lab.datasets.views.create({ name: 'two', query: queryOf(id), rows: [2, 0] });
    const record = await run({
      format: 'rationale',
      view,
      path: join(out, 'view'),
      isChecked: false,
    });
    const rows = readFileSync(join(record.path, 'rows.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(rows).toEqual(['three', 'one']);
    const manifest = JSON.parse(readFileSync(join(record.path, 'manifest.json'), 'utf8'));
    expect(manifest.view).toMatchObject({ name: 'two', version: 1, hash: view.hash });
    const searched = await run({ format: 'csv', query: queryOf(id, { search: 'green' }) });
    expect(searched.rows).toBe(1);
    expect(searched.path.startsWith(join(lab.folder, 'exports'))).toBe(true);
  });

  it('never write into a folder with content, into the workspace or to a relative path', async () => {
    const full = join(out, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine.txt'), 'mine');
    await expect(run({ format: 'csv', path: full })).rejects.toMatchObject({
      code: 'file/write-failed',
    });
    await expect(
      run({ format: 'csv', path: join(lab.folder, 'datasets', 'x') }),
    ).rejects.toMatchObject({ code: 'file/unsafe' });
    await expect(run({ format: 'csv', path: 'somewhere' })).rejects.toMatchObject({
      code: 'file/unsafe',
    });
    await expect(run({ format: 'csv', file: 'tar' })).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
    expect(readdirSync(full)).toEqual(['mine.txt']);
  });

  it('are stopped without leaving anything behind', async () => {
    const many = Array.from({ length: 20_000 }, (_, row) => ask(`m${row}`, `What is ${row}?`));
    const dataset = await lab.add('many', many);
    const { exports } = lab.datasets;
    const path = join(out, 'stopped');
    const started = await exports.start(
      exportRequest.parse({ dataset, format: 'rationale', path }),
    );
    await new Promise<void>((resolve) => {
      lab.changes.subscribe(() => {
        const record = exports.list(dataset).find(({ id: known }) => known === started.id);
        if ((record?.progress?.done ?? 0) > 0) resolve();
      });
    });
    await exports.cancel(started.id);
    expect(exports.list(dataset)[0]).toMatchObject({ status: 'cancelled', progress: null });
    expect(readdirSync(out).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  it.each([
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['@SUM(1)', "'@SUM(1)"],
    ['+1+cmd', "'+1+cmd"],
    [' =1+1', "' =1+1"],
    ['-4.5', '-4.5'],
    ['-4 apples', "'-4 apples"],
    ['plain', 'plain'],
    ['a\nb', '"a\nb"'],
  ])('write the cell %j so that no spreadsheet runs it', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});

/** Derived from other fields on the way back, where the form has only those. */
function isDerived(format: string, field: string): boolean {
  if (format === 'verl') return /^extra\.(data_source|reward_model|extra_info|weight)/.test(field);
  return format === 'csv' && field === 'extra.weight';
}
