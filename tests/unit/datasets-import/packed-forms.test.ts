/** Parquet, Arrow, tar, CSV and folders of pictures, each written by the library that others use. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import {
  Binary,
  Dictionary,
  Field,
  Int32,
  List,
  Struct,
  Table,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { makeSample } from '../../../src/shared/model/sample.ts';
import {
  importPath,
  makePng,
  makeTemporaryFolder,
  rolesOf,
  user,
} from '../../support/import-fixture.ts';

const picture = new Struct([
  new Field('bytes', new Binary(), true),
  new Field('path', new Utf8(), true),
]);

describe('Parquet', () => {
  it('reads text, numbers, lists and conversations across row groups and files', async () => {
    const folder = makeTemporaryFolder();
    for (const split of ['train', 'test']) {
      const file = parquetWriteBuffer({
        columnData: [
          { name: 'problem', data: [`${split} a?`, `${split} b?`, `${split} c?`], type: 'STRING' },
          { name: 'answer', data: [1n, 2n, 3n], type: 'INT64' },
          { name: 'tags', data: [['x'], [], ['y', 'z']], type: 'JSON' },
        ],
        rowGroupSize: 2,
      });
      writeFileSync(join(folder, `${split}-00000-of-00001.parquet`), Buffer.from(file));
    }
    const { sniff, samples } = await importPath(folder);
    expect(sniff).toMatchObject({ format: 'parquet', rows: 6, splits: ['test', 'train'] });
    expect(samples.map(({ answer }) => answer)).toEqual(['1', '2', '3', '1', '2', '3']);
    expect(samples[5]).toEqual(
      makeSample({
        key: '5',
        messages: [user('train c?')],
        answer: '3',
        extra: { tags: ['y', 'z'] },
      }),
    );
  });

  it('reads one split only when asked to', async () => {
    const folder = makeTemporaryFolder();
    for (const split of ['train', 'test']) {
      const columnData = [{ name: 'prompt', data: [split], type: 'STRING' as const }];
      writeFileSync(
        join(folder, `${split}.parquet`),
        Buffer.from(parquetWriteBuffer({ columnData })),
      );
    }
    const { samples } = await importPath(folder, (mapping) => ({
      ...mapping,
      options: { ...mapping.options, split: 'test' },
    }));
    expect(samples.map((sample) => sample.messages[0])).toEqual([user('test')]);
  });
});

describe('save_to_disk', () => {
  it('reads Arrow streams with embedded pictures, class labels and a dictionary', async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, 'train'));
    writeFileSync(join(folder, 'dataset_dict.json'), '{"splits":["train"]}');
    writeFileSync(
      join(folder, 'train', 'state.json'),
      '{"_data_files":[{"filename":"data-00000-of-00001.arrow"}]}',
    );
    writeFileSync(join(folder, 'train', 'dataset_info.json'), '{"features":{}}');
    const png = await makePng(12, 6);
    const table = new Table({
      question: vectorFromArray(['What?', 'Which?'], new Utf8()),
      kind: vectorFromArray([1, 0], new Int32()),
      source: vectorFromArray(['web', 'web'], new Dictionary(new Utf8(), new Int32())),
      images: vectorFromArray(
        [[{ bytes: png, path: 'a.png' }], []],
        new List(new Field('item', picture, true)),
      ),
    });
    table.schema.metadata.set(
      'huggingface',
      JSON.stringify({
        info: { features: { kind: { _type: 'ClassLabel', names: ['chart', 'map'] } } },
      }),
    );
    writeFileSync(join(folder, 'train', 'data-00000-of-00001.arrow'), tableToIPC(table, 'stream'));
    const { sniff, samples } = await importPath(folder);
    expect(sniff).toMatchObject({ format: 'arrow', splits: ['train'] });
    expect(rolesOf(sniff)).toEqual({ question: 'prompt', images: 'images' });
    expect(samples[0]).toMatchObject({
      images: [{ width: 12, height: 6 }],
      extra: { kind: 'map', source: 'web' },
    });
    expect(samples[1]).toMatchObject({ images: [], extra: { kind: 'chart' } });
  });

  it('reads the Arrow file form too', async () => {
    const path = join(makeTemporaryFolder(), 'a.arrow');
    writeFileSync(path, tableToIPC(tableFromArrays({ prompt: ['a', 'b'] }), 'file'));
    const { samples } = await importPath(path);
    expect(samples.map((sample) => sample.messages[0])).toEqual([user('a'), user('b')]);
  });
});

describe('tables', () => {
  it('reads CSV with quotes, line breaks in fields, a mark and Windows line ends', async () => {
    const path = join(makeTemporaryFolder(), 'a.csv');
    writeFileSync(path, '\ufeffquestion,answer,level\r\n"a ""b"",\r\nc",1,2\r\nplain,2,\r\n');
    const { sniff, samples } = await importPath(path);
    expect(sniff.format).toBe('csv');
    expect(samples).toEqual([
      makeSample({ key: '0', messages: [user('a "b",\r\nc')], answer: '1', difficulty: 2 }),
      makeSample({ key: '1', messages: [user('plain')], answer: '2' }),
    ]);
  });

  it('tells numbers, codes and truths of a table apart and keeps their text', async () => {
    const path = join(makeTemporaryFolder(), 'a.csv');
    writeFileSync(path, 'prompt,score,code,seen\na,0.50,007,True\nb,-2,008,false\n');
    const { sniff, samples, columns } = await importPath(path);
    expect(sniff.columns.map(({ kind }) => kind)).toEqual(['text', 'number', 'text', 'boolean']);
    expect(samples[0]?.extra).toEqual({ score: '0.50', code: '007', seen: 'True' });
    const kinds = columns
      .filter(({ isDerived }) => !isDerived)
      .map(({ title, kind }) => [title, kind]);
    expect(kinds).toEqual([
      ['score', 'number'],
      ['code', 'category'],
      ['seen', 'boolean'],
    ]);
  });

  it('reads TSV with pictures in base64', async () => {
    const path = join(makeTemporaryFolder(), 'a.tsv');
    const png = (await makePng(9, 9)).toString('base64');
    writeFileSync(path, `index\timage\tquestion\tanswer\n1\t${png}\tWhat?\tA\n`);
    const { samples, bad } = await importPath(path);
    expect(bad).toEqual([]);
    expect(samples[0]).toMatchObject({
      images: [{ width: 9 }],
      answer: 'A',
      extra: { index: '1' },
    });
  });
});

describe('WebDataset', () => {
  it('joins the entries of one name, also packed, and keeps the json beside it', async () => {
    const png = await makePng(10, 5);
    const tar = pack();
    for (const key of ['a/001', 'a/002']) {
      tar.entry({ name: `${key}.png` }, png);
      tar.entry(
        { name: `${key}.json` },
        JSON.stringify({ question: `What is ${key}?`, answer: 3, url: 'x' }),
      );
      tar.entry({ name: `${key}.cls` }, '7\n');
    }
    tar.finalize();
    const path = join(makeTemporaryFolder(), 'shard-000.tar.gz');
    await pipeline(tar, createGzip(), createWriteStream(path));
    const { sniff, samples } = await importPath(path);
    expect(sniff).toMatchObject({ format: 'webdataset', shape: 'webdataset' });
    expect(samples).toHaveLength(2);
    expect(samples[1]).toMatchObject({
      key: 'a/002',
      answer: '3',
      images: [{ width: 10 }],
      extra: { cls: 7, 'json.url': 'x' },
    });
    expect(samples[1]?.messages[0]?.content[1]).toEqual({ type: 'text', text: 'What is a/002?' });
  });
});

describe('folders of pictures', () => {
  it('takes the class from the folder and the split from the first one', async () => {
    const folder = makeTemporaryFolder();
    for (const [i, path] of ['train/cat/1.png', 'train/dog/2.png', 'test/cat/3.png'].entries()) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), await makePng(10, 10, i));
    }
    const { sniff, samples } = await importPath(folder);
    expect(sniff).toMatchObject({ format: 'imagefolder', rows: 3 });
    expect(samples.map(({ answer, extra }) => [answer, extra])).toEqual([
      ['cat', { split: 'test' }],
      ['cat', { split: 'train' }],
      ['dog', { split: 'train' }],
    ]);
    expect(samples[0]?.messages).toEqual([
      { role: 'user', content: [{ type: 'image', index: 0 }] },
    ]);
  });

  it('reads metadata at any depth with boxes, and names the pictures it does not', async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, 'deep', 'train'), { recursive: true });
    const inner = join(folder, 'deep', 'train');
    writeFileSync(join(inner, '1.png'), await makePng(100, 50));
    writeFileSync(join(inner, '2.png'), await makePng(100, 50, 1));
    const row = {
      file_name: '1.png',
      question: 'Where?',
      objects: { bbox: [[10, 10, 30, 20]], categories: ['cup'] },
    };
    writeFileSync(join(inner, 'metadata.jsonl'), JSON.stringify(row));
    const { sniff, samples, bad } = await importPath(folder);
    expect(sniff.format).toBe('imagefolder');
    expect(samples[0]?.regions).toEqual([
      { label: 'cup', image: 0, box: [0.1, 0.2, 0.4, 0.6], by: 'truth' },
    ]);
    expect(bad).toEqual([
      {
        file: 'deep/train/2.png',
        line: null,
        reason: expect.stringMatching(/no metadata row/),
        excerpt: '',
      },
    ]);
  });
});
