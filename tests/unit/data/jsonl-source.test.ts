/** JSONL files as people write them: complete rows, short rows, bad rows, rows that reach outside. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../../src/engine/data/item.ts';
import { jsonlSource } from '../../../src/engine/data/jsonl-source.ts';
import { toItem } from '../../../src/engine/data/world-source.ts';
import { sampleById } from '../../../src/engine/world/dataset.ts';

let base: string;
let folder: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-jsonl-'));
  folder = join(base, 'data');
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  const red = { create: { width: 3, height: 2, channels: 3 as const, background: '#ff0000' } };
  await sharp(red)
    .png()
    .toFile(join(folder, 'pictures', 'red.png'));
  await sharp(red).png().toFile(join(base, 'outside.png'));
  writeFileSync(join(folder, 'text.png'), 'not a picture');
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

let files = 0;
function write(content: string | Buffer): string {
  const path = join(folder, `${files++}.jsonl`);
  writeFileSync(path, content);
  return path;
}

const rows = (...objects: object[]) =>
  write(objects.map((row) => `${JSON.stringify(row)}\n`).join(''));
const only = (row: object): Promise<Item> => jsonlSource(rows(row)).at(0);

describe('rows', () => {
  it('are counted and read by place, whatever ends the lines', async () => {
    const line = (prompt: string) => JSON.stringify({ prompt });
    const source = jsonlSource(write(`${line('a')}\n\n${line('b é 😀')}\r\n\r\n${line('c')}`));
    expect(source.count).toBe(3);
    expect((await source.at(1)).question).toBe('b é 😀');
    expect((await source.at(2)).question).toBe('c');
    expect((await source.at(0)).id).toBe('0');
    await expect(source.at(3)).rejects.toThrow(RangeError);
  });

  it('longer than a read of the index are found whole', async () => {
    const long = 'x'.repeat(3 * 2 ** 20);
    const source = jsonlSource(rows({ prompt: long }, { prompt: 'after' }));
    expect(source.count).toBe(2);
    expect((await source.at(0)).question).toHaveLength(long.length);
    expect((await source.at(1)).question).toBe('after');
  });

  it('have pictures beside the file, an answer and a verifier', async () => {
    const item = await only({
      id: 'mine',
      question: 'colour?',
      images: ['pictures/red.png'],
      solution: 'red',
      chosen: 'Red.',
      rejected: 'Blue.',
      task: 'colours',
      difficulty: 2,
    });
    expect(item).toMatchObject({
      id: 'mine',
      question: 'colour?',
      medium: 'pictures',
      answer: 'red',
      verifier: { kind: 'exact', params: { text: 'red' } },
      completion: 'Red.',
      rejected: 'Blue.',
      task: 'colours',
      difficulty: 2,
    });
    expect(item.images[0]).toMatchObject({ width: 3, height: 2 });
    expect([...(item.images[0]?.data.slice(0, 3) ?? [])]).toEqual([255, 0, 0]);
  });

  it('have frames of a clip', async () => {
    const item = await only({
      prompt: 'what moves?',
      frames: ['pictures/red.png', 'pictures/red.png'],
    });
    expect(item.medium).toBe('video');
    expect(item.images).toHaveLength(2);
  });
});

describe('rows of the starter world', () => {
  const id = 'follow/train/101/300/1';
  const sample = toItem(sampleById(id));

  it('are the sample, with what the row says instead', async () => {
    expect(await only({ world: id })).toEqual(sample);
    expect(await only({ world: id, completion: 'mine' })).toEqual({
      ...sample,
      completion: 'mine',
    });
    const other = await only({ world: id, id: 'x', prompt: 'and now?', answer: '7', task: 'own' });
    expect(other).toEqual({
      ...sample,
      id: 'x',
      question: 'and now?',
      answer: '7',
      verifier: { kind: 'exact', params: { text: '7' } },
      task: 'own',
    });
    const verifier = { kind: 'number', params: { value: 7 } };
    expect((await only({ world: id, verifier })).verifier).toEqual(verifier);
    expect((await only({ world: id, images: ['pictures/red.png'] })).images[0]).toMatchObject({
      width: 3,
    });
  });

  it.each([
    'nothing/train/1/2/3',
    'follow/train/1/2',
    'follow/nowhere/1/2/3',
    '../follow/train/1/2/3',
  ])('are refused with their row: %s', async (world) => {
    const source = jsonlSource(rows({ prompt: 'fine' }, { world }));
    await expect(source.at(1)).rejects.toMatchObject({
      code: 'dataset/bad-row',
      message: expect.stringMatching(/row 2: .*\[world\]/),
    });
  });
});

describe('bad rows', () => {
  it.each<[string, string]>([
    ['not json', 'expected one JSON object'],
    ['{"prompt": "torn', 'expected one JSON object'],
    ['[1, 2]', 'expected object'],
    ['null', 'expected object'],
    ['{"prompt": 3}', 'expected string'],
    ['{"images": "pictures/red.png", "prompt": "x"}', 'expected array'],
    ['{"answer": "5"}', 'expected a text in `prompt` or `question`'],
    ['{"prompt": "x", "verifier": "exact"}', 'expected object'],
  ])('%s', async (line, problem) => {
    const source = jsonlSource(write(`{"prompt":"fine"}\n${line}\n{"prompt":"fine, too"}\n`));
    const error = await source.at(1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'dataset/bad-row' });
    expect(String(error)).toContain('row 2: ');
    expect(String(error)).toContain(problem);
    expect((await source.at(2)).question).toBe('fine, too');
  });

  it.each([
    '../outside.png',
    'pictures/../../outside.png',
    '/etc/passwd',
    'pictures\\..\\..\\..\\outside.png/../../../outside.png',
  ])('a picture outside the folder of the file: %s', async (name) => {
    await expect(only({ prompt: 'x', images: [name] })).rejects.toMatchObject({
      code: 'dataset/bad-row',
      message: expect.stringContaining('outside'),
    });
    await expect(only({ prompt: 'x', frames: [name] })).rejects.toMatchObject({
      code: 'dataset/bad-row',
    });
  });

  it('a link that leads outside the folder', async () => {
    symlinkSync(join(base, 'outside.png'), join(folder, 'link.png'));
    await expect(only({ prompt: 'x', images: ['link.png'] })).rejects.toMatchObject({
      code: 'dataset/bad-row',
    });
  });

  it('a picture that is none', async () => {
    await expect(only({ prompt: 'x', images: ['absent.png'] })).rejects.toMatchObject({
      code: 'file/missing',
    });
    await expect(only({ prompt: 'x', images: ['text.png'] })).rejects.toMatchObject({
      code: 'image/invalid',
    });
  });

  it('a row of more than 16 MiB', async () => {
    const source = jsonlSource(write(`{"prompt":"${'x'.repeat(17 * 2 ** 20)}"}\n`));
    await expect(source.at(0)).rejects.toMatchObject({ code: 'dataset/bad-row' });
  });
});

describe('files', () => {
  it('that are missing, folders or empty', () => {
    expect(() => jsonlSource(join(folder, 'absent.jsonl'))).toThrow(/no data file/);
    expect(() => jsonlSource(folder)).toThrow(/no data file/);
    expect(jsonlSource(write('')).count).toBe(0);
  });
});
