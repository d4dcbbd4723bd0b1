/** ShareGPT, LLaVA, Alpaca, ms-swift, Vision-R1 and LLaMA-Factory: tags, rounds, marks and indexes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  importPath,
  makePng,
  makeTemporaryFolder,
  turn,
  user,
  withPictures,
  writeLines,
} from '../../support/import-fixture.ts';

describe('conversations', () => {
  it('reads ShareGPT with several rounds, a system prompt and tools', async () => {
    const path = await withPictures('share.json', ([a]) => [
      {
        conversations: [
          { from: 'human', value: '<image>What?' },
          { from: 'gpt', value: 'A cat.' },
          { from: 'human', value: 'Sure?' },
          { from: 'gpt', value: 'Yes.' },
        ],
        system: 'You see.',
        tools: '[]',
        images: [a],
      },
    ]);
    const { sniff, samples } = await importPath(path);
    expect(sniff).toMatchObject({ format: 'json', shape: 'sharegpt' });
    expect(sniff.mapping.options.tags).toMatchObject({ role: 'from', content: 'value' });
    expect(samples[0]).toMatchObject({
      messages: [
        turn('system', 'You see.'),
        {
          role: 'user',
          content: [
            { type: 'image', index: 0 },
            { type: 'text', text: 'What?' },
          ],
        },
        turn('assistant', 'A cat.'),
        user('Sure?'),
      ],
      completion: 'Yes.',
      extra: { tools: '[]' },
    });
  });

  it('reads LLaVA and Alpaca', async () => {
    const llava = await withPictures('llava.json', ([a]) => [
      {
        id: '000001',
        image: a,
        conversations: [
          { from: 'human', value: '<image>\nDescribe it.' },
          { from: 'gpt', value: 'A box.' },
        ],
      },
    ]);
    const first = await importPath(llava);
    expect(first.sniff.shape).toBe('llava');
    expect(first.samples[0]).toMatchObject({ key: '000001', completion: 'A box.' });
    expect(first.samples[0]?.messages[0]?.content[1]).toEqual({
      type: 'text',
      text: '\nDescribe it.',
    });

    const alpaca = writeLines('alpaca.jsonl', [
      { instruction: 'Add.', input: '1 2', output: '3', system: '', history: [['Hi', 'Hello']] },
    ]);
    const second = await importPath(alpaca);
    expect(second.sniff.shape).toBe('alpaca');
    expect(second.samples[0]).toMatchObject({
      messages: [user('Hi'), turn('assistant', 'Hello'), user('Add.\n1 2')],
      completion: '3',
    });
  });

  it('reads ms-swift with a rejected response, boxes and turn fields', async () => {
    const path = await withPictures('swift.jsonl', ([a]) => [
      {
        messages: [
          { role: 'user', content: '<image>Where is <ref-object>?' },
          { role: 'assistant', content: 'There.', loss: true },
        ],
        rejected_response: 'Nowhere.',
        images: [a],
        objects: { ref: ['box'], bbox: [[10, 5, 30, 15]] },
      },
    ]);
    const { sniff, samples } = await importPath(path);
    expect(sniff.shape).toBe('ms-swift');
    expect(samples[0]).toMatchObject({
      completion: 'There.',
      rejected: 'Nowhere.',
      regions: [{ label: 'box', image: 0, box: [0.25, 0.25, 0.75, 0.75], by: 'truth' }],
      extra: { 'completion turn': { loss: true } },
    });
  });

  it('tells the two files of Vision-R1-cold apart, each with its own tags', async () => {
    const think = '<think>Look.</think><answer>2</answer>';
    const one = await withPictures('vision_r1_a.json', ([a]) => [
      {
        image: a,
        conversations: [
          { from: 'human', value: '<image>How many?' },
          { from: 'gpt', value: think },
        ],
      },
    ]);
    const two = await withPictures('vision_r1_b.json', ([a]) => [
      {
        images: [a],
        messages: [
          { role: 'user', content: '<image>How many?' },
          { role: 'assistant', content: think },
        ],
      },
    ]);
    for (const path of [one, two]) {
      const { sniff, samples } = await importPath(path);
      expect(sniff.shape).toBe('vision-r1');
      expect(samples[0]).toMatchObject({ completion: think, images: [{ width: 40 }] });
      expect(samples[0]?.messages[0]?.content[1]).toEqual({ type: 'text', text: 'How many?' });
    }
  });

  it('reads OpenAI parts with a data URI', async () => {
    const url = `data:image/png;base64,${(await makePng(8, 8)).toString('base64')}`;
    const path = writeLines('o.jsonl', [
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url } },
              { type: 'text', text: 'Hi' },
            ],
          },
          { role: 'assistant', content: 'Hello' },
        ],
      },
    ]);
    const { samples, bad } = await importPath(path);
    expect(bad).toEqual([]);
    expect(samples[0]).toMatchObject({
      images: [{ width: 8, type: 'image/png' }],
      completion: 'Hello',
    });
  });
});

describe('LLaMA-Factory', () => {
  it('follows the columns and tags of dataset_info.json', async () => {
    const folder = makeTemporaryFolder();
    const index = {
      mine: {
        file_name: 'mine.json',
        formatting: 'sharegpt',
        columns: { messages: 'dialog', images: 'pics' },
        tags: { role_tag: 'who', content_tag: 'says', user_tag: 'me', assistant_tag: 'you' },
      },
      other: {
        file_name: 'other.jsonl',
        ranking: true,
        columns: { prompt: 'q', chosen: 'good', rejected: 'poor' },
      },
      far: { hf_hub_url: 'someone/else' },
    };
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(index));
    writeFileSync(join(folder, 'pic.png'), await makePng(8, 8));
    const rows = [
      {
        dialog: [
          { who: 'me', says: '<image>Hi' },
          { who: 'you', says: 'Hello' },
        ],
        pics: ['pic.png'],
        tag: 1,
      },
    ];
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(rows));
    writeFileSync(
      join(folder, 'other.jsonl'),
      JSON.stringify({ q: 'Hi', good: 'Hello', poor: 'No' }),
    );
    const { sniff, samples } = await importPath(folder);
    expect(sniff).toMatchObject({ shape: 'sharegpt', sets: ['mine', 'other'], confidence: 1 });
    expect(sniff.notes.join(' ')).toMatch(/far is not a file here/);
    expect(samples[0]).toMatchObject({
      completion: 'Hello',
      images: [{ width: 8 }],
      extra: { tag: 1 },
    });
  });
});
