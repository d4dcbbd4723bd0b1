/** A dataset with one of every problem: each is found on its own rows, and a fix makes a view. */
import { rmSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MediaRef } from '../../../src/shared/model/media.ts';
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
let other: string;

async function picture(
  seed: number,
  change: (pixels: Buffer) => void = () => {},
): Promise<MediaRef> {
  const side = 96;
  const pixels = Buffer.alloc(side * side * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = (Math.floor(i / 24) * 37 * seed) % 251;
  change(pixels);
  return lab.media.put(
    await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

function about(key: string, question: string, image: MediaRef, rest: Partial<Sample> = {}): Sample {
  const content = [
    { type: 'image' as const, index: 0 },
    { type: 'text' as const, text: question },
  ];
  return makeSample({
    key,
    messages: [{ role: 'user', content }],
    images: [image],
    answer: '7',
    ...rest,
  });
}

const named = {
  plain: 0,
  again: 1,
  near: 2,
  otherAnswer: 3,
  key: 4,
  missing: 5,
  marks: 6,
  unparsable: 7,
  empty: 8,
  turned: 9,
  tiny: 10,
  long: 11,
  badVerifier: 12,
  heldOut: 13,
} as const;

beforeAll(async () => {
  lab = openDatasetLab(noEngine);
  const one = await picture(3);
  const nearly = await picture(3, (pixels) => pixels.fill(9, 300, 306));
  const lost = await picture(5);
  const turned = await lab.media.put(
    await sharp({ create: { width: 80, height: 50, channels: 3, background: '#264' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer(),
  );
  const tiny = await lab.media.put(
    await sharp({ create: { width: 12, height: 50, channels: 3, background: '#222' } })
      .png()
      .toBuffer(),
  );
  const samples: Sample[] = [
    about('plain', 'How many?', one),
    about('again', 'How many?', one),
    about('near', 'how many', nearly),
    about('other answer', 'How many?', nearly, { answer: '8' }),
    about('plain', 'A second row of this id?', one),
    about('missing', 'Where?', lost),
    about('marks', 'One <image> and <image> more?', one),
    ask('unparsable', 'How much?', { answer: 'about a dozen, or so' }),
    ask('empty', 'Nothing to say?', { answer: null }),
    about('turned', 'Which way?', turned),
    about('tiny', 'What is it?', tiny),
    ask('long', 'word '.repeat(2000), { answer: '1' }),
    ask('verifier', 'Which one?', {
      answer: '2',
      verifier: { kind: 'choice', params: { options: ['a', 'b'], correct: 2 } },
    }),
    ask('shared', 'Is this in the test, too?', { answer: '5' }),
    ...Array.from({ length: 12 }, (_, row) =>
      ask(`fine ${row}`, `What is ${row} and ${row}?`, { answer: `${row * 2}` }),
    ),
  ];
  id = await lab.add('train', samples);
  other = await lab.add('test', [
    ask('t', 'is this in the test too', { answer: '5' }),
    ask('u', 'Another?', { answer: '1' }),
  ]);
  lab.datasets.setHeldOut(other, true);
  rmSync(lab.media.path(lost.sha256));
});
afterAll(() => lab.close());

it('finds every problem on its rows and nothing else', async () => {
  const { preflight, browser } = lab.datasets;
  const { ended } = preflight.start(id);
  expect(() => preflight.start(id)).toThrow(expect.objectContaining({ code: 'dataset/busy' }));
  await ended;
  const { report, error } = preflight.state(id);
  expect(error).toBeNull();
  const rowsOf = async (problem: string) => {
    const query = queryOf(id, { filters: [{ kind: 'problem', problem }] });
    return (await browser.rows(query, 0, 100)).rows.map(({ row }) => row);
  };
  const found = Object.fromEntries(
    await Promise.all(
      (report?.problems ?? []).map(async (problem) => [problem.id, await rowsOf(problem.id)]),
    ),
  );
  expect(found).toEqual({
    'missing-image': [named.missing],
    'image-marks': [named.marks],
    'empty-answer': [named.empty],
    'held-out-duplicate': [named.heldOut],
    'unparsable-answer': [named.unparsable, named.badVerifier],
    'duplicate-key': [named.plain, named.key],
    'duplicate-row': [named.plain, named.again],
    'near-duplicate': [named.plain, named.near],
    'long-prompt': [named.long],
    'tiny-image': [named.tiny],
    'exif-rotation': [named.turned],
  });
  const near = report?.problems.find((problem) => problem.id === 'near-duplicate');
  expect(near?.examples).toEqual([
    { row: named.plain, note: `nearly the same as row ${named.near}` },
    { row: named.near, note: `nearly the same as row ${named.plain}` },
  ]);
});

it('mends by views that build on each other, and that is undone', async () => {
  const { preflight, views } = lab.datasets;
  const first = await preflight.fix({ dataset: id, problem: 'duplicate-row', fix: 'keep-first' });
  if (first === null) throw new Error('expected a view');
  expect(first.rows).toBe(25);
  expect([...views.rows(first)]).not.toContain(named.again);
  const second = await preflight.fix({
    dataset: id,
    problem: 'missing-image',
    fix: 'exclude-rows',
    view: first.id,
  });
  expect(second).toMatchObject({ id: first.id, version: 2, rows: 24 });
  await lab.history.undo();
  expect(views.newest(first.id).version).toBe(1);
  expect(lab.datasets.get(id).rows).toBe(26);
  await expect(
    preflight.fix({ dataset: id, problem: 'huge-image', fix: 'exclude-rows' }),
  ).rejects.toMatchObject({ code: 'rpc/invalid-input' });
  expect(await preflight.fix({ dataset: id, problem: 'exif-rotation', fix: 'note' })).toBeNull();
});
