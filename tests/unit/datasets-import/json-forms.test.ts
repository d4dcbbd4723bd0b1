/** TRL's, verl's and EasyR1's row forms: sniffed for what they are, every field in its place. */
import { describe, expect, it } from 'vitest';
import { makeSample } from '../../../src/shared/model/sample.ts';
import {
  importPath,
  rolesOf,
  turn,
  user,
  withPictures,
  writeLines,
} from '../../support/import-fixture.ts';

describe('TRL', () => {
  it('reads prompt-only rows and keeps unknown columns', async () => {
    const path = writeLines('a.jsonl', [
      { prompt: '1+1?', solution: '2', nested: { a: [1, null] } },
    ]);
    const { sniff, samples } = await importPath(path);
    expect(sniff).toMatchObject({ format: 'jsonl', shape: 'trl-prompt' });
    expect(samples).toEqual([
      makeSample({
        key: '0',
        messages: [user('1+1?')],
        answer: '2',
        extra: { nested: { a: [1, null] } },
      }),
    ]);
  });

  it('reads conversational prompt and completion', async () => {
    const path = writeLines('a.jsonl', [
      {
        prompt: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hi' },
        ],
        completion: [{ role: 'assistant', content: 'Hello' }],
      },
    ]);
    const { sniff, samples } = await importPath(path);
    expect(sniff.shape).toBe('trl-prompt-completion');
    expect(samples[0]?.messages).toEqual([turn('system', 'Be short.'), user('Hi')]);
    expect(samples[0]?.completion).toBe('Hello');
  });

  it('splits the prompt off preference rows that repeat it', async () => {
    const turns = (answer: string) => [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: answer },
    ];
    const path = writeLines('a.jsonl', [{ chosen: turns('Hello'), rejected: turns('Go away') }]);
    const { sniff, samples } = await importPath(path);
    expect(sniff.shape).toBe('trl-preference');
    expect(samples[0]).toEqual(
      makeSample({ key: '0', messages: [user('Hi')], completion: 'Hello', rejected: 'Go away' }),
    );
  });

  it('reads unpaired preference and stepwise supervision', async () => {
    const unpaired = writeLines('u.jsonl', [
      { prompt: 'Hi', completion: 'Hello', label: true },
      { prompt: 'Hi', completion: 'No', label: false },
    ]);
    const { sniff, samples, columns } = await importPath(unpaired);
    expect(sniff.shape).toBe('trl-unpaired');
    expect(samples.map(({ label }) => label)).toEqual([true, false]);
    expect(columns.find(({ title }) => title === 'label')).toMatchObject({
      kind: 'boolean',
      role: 'label',
    });

    const steps = writeLines('s.jsonl', [
      {
        prompt: '9.11 or 9.9?',
        completions: ['Compare.', '9.11 is larger.'],
        labels: [true, false],
      },
    ]);
    const stepwise = await importPath(steps);
    expect(stepwise.sniff.shape).toBe('trl-stepwise');
    expect(stepwise.samples[0]?.steps).toEqual([
      { text: 'Compare.', label: 1 },
      { text: '9.11 is larger.', label: -1 },
    ]);
  });

  it('reads language modelling as text and as messages', async () => {
    const text = await importPath(writeLines('t.jsonl', [{ text: 'Once upon a time' }]));
    expect(text.sniff.shape).toBe('trl-language-modeling');
    expect(text.samples[0]).toEqual(makeSample({ key: '0', completion: 'Once upon a time' }));
    const chat = await importPath(
      writeLines('m.jsonl', [
        {
          messages: [
            { role: 'user', content: 'a' },
            { role: 'assistant', content: 'b' },
            { role: 'user', content: 'c' },
          ],
        },
      ]),
    );
    expect(chat.samples[0]?.messages).toEqual([user('a'), turn('assistant', 'b'), user('c')]);
    expect(chat.samples[0]?.completion).toBeNull();
  });

  it('puts the pictures of a column where the parts ask for them', async () => {
    const path = await withPictures('v.jsonl', ([a, b]) => [
      {
        prompt: [
          {
            role: 'user',
            content: [{ type: 'image' }, { type: 'text', text: 'and' }, { type: 'image' }],
          },
        ],
        images: [a, b],
      },
      { prompt: 'What is it?', image: a },
    ]);
    const { samples } = await importPath(path);
    expect(samples[0]?.messages[0]?.content).toEqual([
      { type: 'image', index: 0 },
      { type: 'text', text: 'and' },
      { type: 'image', index: 1 },
    ]);
    expect(samples[0]?.images.map(({ width, height }) => [width, height])).toEqual([
      [40, 20],
      [41, 21],
    ]);
    expect(samples[1]?.messages[0]?.content).toEqual([
      { type: 'image', index: 0 },
      { type: 'text', text: 'What is it?' },
    ]);
  });
});

describe('reinforcement learning', () => {
  it('reads verl rows and keeps what is left of their objects', async () => {
    const path = await withPictures('verl.jsonl', ([a]) => [
      {
        data_source: 'geo3k',
        prompt: [{ role: 'user', content: '<image>Find x.' }],
        images: [a],
        ability: 'math',
        reward_model: { style: 'rule', ground_truth: '3' },
        extra_info: { split: 'train', index: 7, answer: 'x = 3' },
      },
    ]);
    const { sniff, samples, columns } = await importPath(path);
    expect(sniff.shape).toBe('verl');
    expect(rolesOf(sniff)).toMatchObject({
      'reward_model.ground_truth': 'answer',
      ability: 'task',
    });
    expect(samples[0]).toMatchObject({
      key: '7',
      answer: '3',
      task: 'math',
      extra: {
        data_source: 'geo3k',
        reward_model: { style: 'rule' },
        extra_info: { split: 'train', answer: 'x = 3' },
      },
    });
    expect(columns.map(({ title }) => title)).toContain('extra_info.split');
  });

  it('reads EasyR1 and the form the engine trains on', async () => {
    const easy = await withPictures('easy.jsonl', ([a]) => [
      { problem: '<image>Find x.', answer: '4', images: [a] },
    ]);
    const first = await importPath(easy);
    expect(first.sniff.shape).toBe('easyr1');
    expect(first.samples[0]).toMatchObject({ answer: '4', images: [{ height: 20 }] });
    const own = await withPictures('own.jsonl', ([a, b]) => [
      {
        id: 'q1',
        prompt: 'Which frame?',
        frames: [a, b],
        answer: '1',
        verifier: { kind: 'number', params: { tolerance: 0 } },
        task: 'motion',
        difficulty: 2,
      },
    ]);
    const second = await importPath(own);
    expect(second.sniff.shape).toBe('rationale');
    expect(second.samples[0]).toMatchObject({
      key: 'q1',
      verifier: { kind: 'number', params: { tolerance: 0 } },
      difficulty: 2,
      videos: [{ frames: [{ width: 40 }, { width: 41 }], fps: 1 }],
    });
    expect(second.samples[0]?.messages[0]?.content[0]).toEqual({ type: 'video', index: 0 });
  });
});
