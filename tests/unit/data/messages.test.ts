/** Conversations of rows: pictures in place, placeholders, the turn to learn, and what is refused. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTextParts, promptOf } from '../../../src/engine/bundle/bundle.ts';
import { jsonlSource } from '../../../src/engine/data/jsonl-source.ts';
import { withSuffix } from '../../../src/engine/data/messages.ts';
import { rowItem } from '../../../src/engine/data/row-item.ts';
import { worldSource } from '../../../src/engine/data/world-source.ts';
import { datasetWorld } from '../../../src/engine/jobs/dataset-world.ts';
import { readConfig } from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import { datasetWorldResult } from '../../../src/shared/protocol/results.ts';
import { runJob } from '../../support/run-job.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter/', import.meta.url));
const parts = openTextParts(STARTER, readConfig(STARTER).config);
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'rationale-messages-'));
  for (const [name, width] of [
    ['wide.png', 64],
    ['small.png', 32],
  ] as const) {
    const create = { width, height: 32, channels: 3 as const, background: '#00ff00' };
    await sharp({ create }).png().toFile(join(root, name));
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const itemOf = (row: object) => rowItem(row, { root, name: 'row', fallbackId: '0' });
const IMAGES = ['wide.png', 'small.png'];
/** The rendered prompt, one mark per run of picture tokens with their number. */
async function seen(row: object): Promise<string> {
  const { ids } = promptOf(parts, await itemOf(row));
  return parts.tokenizer
    .decode(ids)
    .replace(/(<\|image_pad\|>)+/g, (run) => `[${run.length / 13}]`);
}

describe('pictures', () => {
  it('stand where the messages show them, by index or in turn', async () => {
    const byIndex = await seen({
      images: IMAGES,
      messages: [
        { role: 'system', content: 'look' },
        {
          role: 'user',
          content: [
            { type: 'image', index: 1 },
            { type: 'text', text: 'is left of' },
            { type: 'image', index: 0 },
          ],
        },
      ],
    });
    expect(byIndex).toMatch(/system\nlook.*user\n.*\[4\].*is left of.*\[8\].*assistant\n$/s);
    const inTurn = await seen({
      images: IMAGES,
      messages: [
        { role: 'user', content: '<image> what' },
        { role: 'assistant', content: 'a' },
        { role: 'user', content: 'and <image>' },
      ],
    });
    expect(inTurn).toMatch(/\[8\].* what.*assistant\na.*and .*\[4\]/s);
  });

  it('stand before the first question where nothing says where', async () => {
    const row = { images: IMAGES, messages: [{ role: 'user', content: 'how many' }] };
    expect(await seen(row)).toBe(await seen({ images: IMAGES, prompt: 'how many' }));
    expect(await seen({ images: IMAGES, prompt: 'is <image> as <image>' })).toMatch(
      /is .*\[8\].* as .*\[4\]/s,
    );
  });

  it('are the text itself where their number is another', async () => {
    expect((await itemOf({ prompt: 'what is <image>' })).messages).toBeUndefined();
  });
});

it('a last assistant turn is what is learned, unless the row says something else', async () => {
  const messages = [
    { role: 'user', content: 'how many' },
    { role: 'assistant', content: [{ type: 'text', text: 'three' }] },
  ];
  expect(await itemOf({ messages })).toMatchObject({ completion: 'three', question: 'how many' });
  expect((await itemOf({ messages, completion: 'two' })).completion).toBe('two');
  expect(await seen({ messages })).toBe(await seen({ prompt: 'how many' }));
});

it('a suffix goes to the end of the last question', () => {
  const user = { role: 'user' as const, content: [{ type: 'text' as const, text: 'how many' }] };
  const bare = { role: 'user' as const, content: [{ type: 'image' as const, index: 0 }] };
  expect(withSuffix([user, bare], ' think')[1]?.content).toEqual([
    { type: 'image', index: 0 },
    { type: 'text', text: ' think' },
  ]);
  expect(withSuffix([user], ' think')).toMatchObject([{ content: [{ text: 'how many think' }] }]);
});

it.each([
  [{ messages: [] }, /messages/],
  [{ messages: [{ role: 'system', content: 'x' }] }, /end with a user turn/],
  [{ messages: [{ role: 'assistant', content: 'x' }] }, /end with a user turn/],
  [{ messages: [{ role: 'robot', content: 'x' }] }, /role/],
  [
    { messages: [{ role: 'user', content: [{ type: 'image' }] }] },
    /shows picture 0, the row has 0/,
  ],
  [{ messages: [{ role: 'user', content: [{ type: 'video' }] }] }, /no `frames`/],
  [
    { images: IMAGES, messages: [{ role: 'user', content: '<image> only one' }] },
    /show 1 of the row's 2 pictures/,
  ],
])('%j is a bad row', async (row, message) => {
  await expect(itemOf(row)).rejects.toMatchObject({
    code: 'dataset/bad-row',
    message: expect.stringMatching(message),
  });
});

describe('a media folder', () => {
  it('is where a file names its pictures from, and nothing outside it', async () => {
    const media = join(root, 'media');
    mkdirSync(join(media, 'ab'), { recursive: true });
    await sharp(join(root, 'small.png')).toFile(join(media, 'ab', 'x.png'));
    symlinkSync(join(root, 'wide.png'), join(media, 'out.png'));
    const file = join(root, 'rows.jsonl');
    const rows = ['ab/x.png', '../wide.png', join(root, 'wide.png'), 'out.png'];
    writeFileSync(
      file,
      rows.map((name) => `${JSON.stringify({ prompt: 'x', images: [name] })}\n`).join(''),
    );
    const source = jsonlSource(file, media);
    expect(await source.at(0)).toMatchObject({ media: ['ab/x.png'], images: [{ width: 32 }] });
    for (const index of [1, 2, 3]) {
      await expect(source.at(index)).rejects.toMatchObject({ code: 'dataset/bad-row' });
    }
    expect(() => jsonlSource(file, join(root, 'absent'))).toThrow(/no media folder/);
  });
});

describe('the world as a dataset', () => {
  const choice = { tasks: ['follow', 'clip-order'], split: 'test', seed: 7 };

  it('reads back as the samples it was made of', async () => {
    const out = join(root, 'world');
    const { rows, events } = await runJob(datasetWorld, { ...choice, n: 70, out });
    const result = datasetWorldResult.parse(rows[0]);
    expect(result.count).toBe(70);
    expect(events.filter(({ type }) => type === 'progress')).toHaveLength(2);
    const written = jsonlSource(result.rows);
    const made = worldSource({
      ...choice,
      tasks: { follow: 1, 'clip-order': 1 },
      difficulty: null,
    });
    expect(written.count).toBe(70);
    for (const index of [0, 5, 69]) {
      const { world: _, media: none, images, ...expected } = await made.at(index);
      const item = await written.at(index);
      expect({ ...item, images: [], media: [] }).toMatchObject({
        ...expected,
        images: [],
        media: none,
      });
      // Compared as bytes: a diff of pixels is of no use to anyone.
      const pixels = (list: typeof images) =>
        list.map(({ data }) => Buffer.from(data).toString('base64'));
      expect(pixels(item.images).join() === pixels(images).join()).toBe(true);
    }
  });

  it('cancelled leaves no rows.jsonl, and a request that cannot be is refused', async () => {
    const out = join(root, 'stopped');
    const control = new AbortController();
    const stopped = runJob(
      datasetWorld,
      { n: 1000, out },
      { signal: control.signal, onEvent: () => control.abort() },
    );
    await expect(stopped).rejects.toThrow();
    expect(() => jsonlSource(join(out, 'rows.jsonl'))).toThrow(/no data file/);
    await expect(runJob(datasetWorld, { tasks: ['nope'], out })).rejects.toMatchObject({
      code: 'world/unknown-task',
    });
    const deep = { tasks: ['follow'], difficulty: 99, out };
    await expect(runJob(datasetWorld, deep)).rejects.toMatchObject({ code: 'config/invalid' });
    writeFileSync(join(root, 'taken'), '');
    await expect(runJob(datasetWorld, { n: 1, out: join(root, 'taken') })).rejects.toMatchObject({
      code: 'file/write-failed',
    });
  });
});
