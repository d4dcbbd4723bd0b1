/** What a person changes on the mapping screen, steps with judgements, sounds, clips and the preview. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { previewRows } from '../../../src/main/datasets/import/preview.ts';
import { sniffPath } from '../../../src/main/datasets/import/sniff.ts';
import type { ColumnRole, Mapping } from '../../../src/shared/model/import.ts';
import { decodeSample, encodeSample, makeSample } from '../../../src/shared/model/sample.ts';
import {
  importPath,
  makePng,
  makeTemporaryFolder,
  user,
  withPictures,
  writeLines,
} from '../../support/import-fixture.ts';

const withRoles = (mapping: Mapping, roles: Readonly<Record<string, ColumnRole>>): Mapping => ({
  ...mapping,
  columns: mapping.columns.map(({ column, role }) => ({ column, role: roles[column] ?? role })),
});

describe('the mapping', () => {
  it('follows roles, suffix and split of the person', async () => {
    const rows = ['train', 'test', 'train'].map((split, i) => ({
      q: `What is ${i}?`,
      gold: i,
      split,
    }));
    const { samples, bad } = await importPath(writeLines('a.jsonl', rows), (mapping) => {
      const { options, ...rest } = withRoles(mapping, { q: 'prompt', gold: 'answer' });
      return { ...rest, options: { ...options, promptSuffix: ' Be brief.', split: 'train' } };
    });
    expect(bad).toEqual([]);
    expect(samples.map(({ key, answer }) => [key, answer])).toEqual([
      ['0', '0'],
      ['2', '2'],
    ]);
    expect(samples[0]?.messages[0]?.content.at(-1)).toEqual({ type: 'text', text: ' Be brief.' });
    expect(samples[0]?.extra).toEqual({ split: 'train' });
  });

  it.each([
    ['pixels-xywh', [10, 5, 20, 10], [0.25, 0.25, 0.75, 0.75]],
    ['pixels-xyxy', [10, 5, 30, 15], [0.25, 0.25, 0.75, 0.75]],
    ['thousand-xyxy', [250, 250, 750, 750], [0.25, 0.25, 0.75, 0.75]],
    ['unit-xyxy', [0.25, 0.25, 0.75, 0.75], [0.25, 0.25, 0.75, 0.75]],
    ['percent-xywh', [25, 25, 50, 50], [0.25, 0.25, 0.75, 0.75]],
    ['auto', [0, 0, 40.4, 20.2], [0, 0, 1, 1]],
  ] as const)('reads boxes as %s', async (boxes, bbox, expected) => {
    const path = await withPictures('a.jsonl', ([a]) => [
      { prompt: 'Where?', image: a, objects: { bbox: [bbox], categories: ['cup'] } },
    ]);
    const { samples } = await importPath(path, (mapping) => ({
      ...mapping,
      options: { ...mapping.options, boxes },
    }));
    expect(samples[0]?.regions).toEqual([{ label: 'cup', image: 0, box: expected, by: 'truth' }]);
  });

  it('leaves marks as text when told to', async () => {
    const { samples } = await importPath(
      writeLines('a.jsonl', [{ prompt: 'What does <image> mean?' }]),
      (mapping) => ({
        ...mapping,
        options: { ...mapping.options, marks: 'text' },
      }),
    );
    expect(samples[0]?.messages).toEqual([user('What does <image> mean?')]);
  });
});

describe('steps with judgements', () => {
  it('reads VisualProcessBench and PRM800K', async () => {
    const visual = await importPath(
      writeLines('v.jsonl', [
        {
          question: 'How many?',
          answer: '2',
          response: { steps: ['One.', 'Two.', 'So 3.'], process_correctness: [1, 0, -1] },
          policy_model: 'm',
        },
      ]),
    );
    expect(visual.samples[0]).toMatchObject({
      answer: '2',
      steps: [{ label: 1 }, { label: 0 }, { label: -1 }],
      extra: { policy_model: 'm' },
    });
    const rated = (text: string, rating: number) => ({
      completions: [{ text, rating }],
      chosen_completion: 0,
    });
    const prm = await importPath(
      writeLines('p.jsonl', [
        {
          question: { problem: '1+1?', ground_truth_answer: '2' },
          label: { steps: [rated('Add.', 1), rated('It is 3.', -1)], total_time: 5 },
        },
      ]),
    );
    expect(prm.samples[0]).toMatchObject({
      messages: [user('1+1?')],
      answer: '2',
      steps: [
        { text: 'Add.', label: 1 },
        { text: 'It is 3.', label: -1 },
      ],
      extra: { label: { total_time: 5 } },
    });
  });
});

describe('sounds and clips', () => {
  it('keeps a sound with its length and a clip as one file', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'a.wav'), wav(8000, 4000));
    const box = Buffer.from('0000001c6674797069736f6d0000020069736f6d69736f326d703431', 'hex');
    writeFileSync(join(folder, 'a.mp4'), Buffer.concat([box, Buffer.alloc(100)]));
    writeFileSync(join(folder, 'f.png'), await makePng(4, 4));
    const rows = [
      { messages: [{ role: 'user', content: '<audio>Hear?' }], audios: ['a.wav'] },
      { messages: [{ role: 'user', content: '<video>See?' }], videos: ['a.mp4'] },
      { messages: [{ role: 'user', content: '<video>See?' }], videos: [['f.png', 'f.png']] },
      { messages: [{ role: 'user', content: '<audio>Hear?' }], audios: ['f.png'] },
    ];
    writeFileSync(join(folder, 'a.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    const { samples, bad, result } = await importPath(join(folder, 'a.jsonl'));
    expect(samples[0]?.audios).toMatchObject([{ type: 'audio/wav', seconds: 0.5 }]);
    expect(samples[1]?.videos).toMatchObject([{ frames: [], file: { type: 'video/mp4' } }]);
    expect(samples[2]?.videos[0]?.frames).toHaveLength(2);
    expect(bad).toMatchObject([{ line: 4, reason: expect.stringMatching(/expected a sound/) }]);
    expect(result.notes).toEqual([expect.stringMatching(/training needs them as frames/)]);
  });
});

describe('the preview', () => {
  it('shows rows with their problems and imports nothing', async () => {
    const path = await withPictures('a.jsonl', ([a]) => [
      { prompt: 'Good', image: a },
      { prompt: 'Bad', image: 'gone.png' },
      { prompt: 'Third', image: a },
    ]);
    const { mapping } = await sniffPath(path);
    const workspace = makeTemporaryFolder();
    const { rows } = await previewRows({ path, mapping, workspace, count: 2 });
    expect(rows).toMatchObject([
      { line: 1, sample: { key: '0', images: [{ width: 40 }] }, problems: [] },
      { line: 2, sample: null, problems: [expect.stringMatching(/no file "gone.png"/)] },
    ]);
    expect(rows[0]?.source).toContain('"prompt":"Good"');
  });

  it('says what to do when no picture is where the rows say', async () => {
    const relative = await sniffPath(
      writeLines('a.jsonl', [{ prompt: 'a', image: 'train2017/1.jpg' }]),
    );
    expect(relative.notes).toEqual([expect.stringMatching(/No picture was found at "train2017/)]);
    const absolute = await sniffPath(
      writeLines('a.jsonl', [{ prompt: 'a', image: '/data/1.jpg' }]),
    );
    expect(absolute.notes).toEqual([expect.stringMatching(/absolute paths/)]);
    const there = await sniffPath(
      await withPictures('a.jsonl', ([a]) => [{ prompt: 'a', image: a }]),
    );
    expect(there.notes).toEqual([]);
  });

  it('reads a folder whose files call the same things differently', async () => {
    const folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'a.png'), await makePng(4, 4));
    const one = {
      image: 'a.png',
      conversations: [
        { from: 'human', value: 'a' },
        { from: 'gpt', value: 'b' },
      ],
    };
    const two = {
      images: ['a.png'],
      messages: [
        { role: 'user', content: 'c' },
        { role: 'assistant', content: 'd' },
      ],
    };
    const three = { question: 'e', solution: 'f' };
    for (const [i, row] of [one, two, three].entries()) {
      writeFileSync(join(folder, `${i}.jsonl`), JSON.stringify(row));
    }
    const { sniff, samples, bad } = await importPath(folder);
    expect(sniff.notes).toEqual([expect.stringMatching(/1.jsonl has images, messages; 2.jsonl/)]);
    expect(bad).toEqual([]);
    expect(samples.map(({ completion, answer }) => [completion, answer])).toEqual([
      ['b', null],
      ['d', null],
      [null, 'f'],
    ]);
  });
});

describe('the stored text of a sample', () => {
  it('leaves defaults out and brings them back', () => {
    const plain = makeSample({ key: 'a' });
    expect(encodeSample(plain)).toBe('{"key":"a"}');
    expect(decodeSample(encodeSample(plain))).toEqual(plain);
    const full = makeSample({
      key: 'b',
      completion: '',
      label: false,
      difficulty: 0,
      extra: { messages: [], regions: null, task: null, completion: [] },
    });
    expect(decodeSample(encodeSample(full))).toEqual(full);
  });
});

/** A silent WAV file: 16 bit, mono. */
function wav(rate: number, frames: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + frames * 2, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(frames * 2, 40);
  return Buffer.concat([head, Buffer.alloc(frames * 2)]);
}
