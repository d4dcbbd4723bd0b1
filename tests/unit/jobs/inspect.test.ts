/** Jobs that look into a model: what it sees, a chat, scores of completions; on real models. */
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat } from '../../../src/engine/jobs/chat.ts';
import { loadedModel } from '../../../src/engine/jobs/loaded-models.ts';
import { modelSeesJob } from '../../../src/engine/jobs/model-sees.ts';
import { scoreRollout } from '../../../src/engine/jobs/score-rollout.ts';
import { topOf } from '../../../src/engine/policy/alternatives.ts';
import {
  chatResult,
  modelSeesResult,
  scoreRolloutResult,
} from '../../../src/shared/protocol/results.ts';
import { runJob } from '../../support/run-job.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));
const compute = { device: 'cpu' as const, threads: 2 };
let base: string;
let model: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-inspect-'));
  model = await writeTinyModel(base);
  const create = { width: 100, height: 40, channels: 3 as const, background: '#0000ff' };
  await sharp({ create }).png().toFile(join(base, 'blue.png'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function sees(sample: object, extra: object = {}) {
  const params = { samples: [sample], mediaFolder: base, ...extra };
  const { rows } = await runJob(modelSeesJob, params);
  return modelSeesResult.parse(rows[0]);
}

describe('what a model sees', () => {
  const row = {
    id: 'r',
    images: ['blue.png'],
    messages: [
      { role: 'system', content: 'look' },
      { role: 'user', content: 'what is <image>' },
    ],
    completion: '<answer> blue</answer>',
  };

  it('is the text with its template, every token, pictures and what is trained', async () => {
    const seen = await sees(row);
    expect(seen.text).toBe(
      '<|im_start|>system\nlook<|im_end|><|im_start|>user\nwhat is <|vision_start|><|image_pad|><|vision_end|><|im_end|><|im_start|>assistant\n<answer> blue</answer><|im_end|>',
    );
    const [image] = seen.images;
    expect(image).toMatchObject({
      index: 0,
      width: 100,
      height: 40,
      resizedWidth: 96,
      resizedHeight: 32,
      rows: 4,
      cols: 12,
      merge: 2,
      tokens: 12,
    });
    expect(seen.tokens.filter(({ imageIndex }) => imageIndex === 0)).toHaveLength(12);
    expect(seen.tokens.filter(({ isTrained }) => isTrained)).toHaveLength(seen.trainedTokens);
    const trained = seen.tokens.slice(seen.promptTokens).map(({ text }) => text);
    expect(trained.join('')).toBe('<answer> blue</answer><|im_end|>');
    expect(seen.tokens[0]).toMatchObject({
      text: '<|im_start|>',
      isSpecial: true,
      isTrained: false,
    });
    expect(seen.cutAt).toBeNull();
  });

  it('is cut where it does not fit, and a row that cannot be seen says why', async () => {
    expect(await sees(row, { limit: 9 })).toMatchObject({ limit: 9, cutAt: 9 });
    expect(await sees({ ...row, images: [] })).toMatchObject({
      tokens: [],
      error: { code: 'dataset/bad-row' },
    });
    expect(await sees({ prompt: 'x', images: ['../blue.png'] })).toMatchObject({
      error: { code: 'dataset/bad-row', message: expect.stringContaining('outside') },
    });
    expect(await sees({ prompt: 'x <|image_pad|>' })).toMatchObject({
      error: { code: 'dataset/bad-row' },
    });
  });

  it('follows a template that was changed', async () => {
    const copy = join(base, 'copy');
    cpSync(STARTER, copy, { recursive: true });
    const before = await sees({ prompt: 'hello' }, { model: copy });
    const file = join(copy, 'chat_template.jinja');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('<|im_end|>', '<|im_end|>\n'));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    expect((await sees({ prompt: 'hello' }, { model: copy })).promptTokens).toBeGreaterThan(
      before.promptTokens,
    );
  });
});

describe('a chat', () => {
  const ask = async (extra: object, options = {}) => {
    const params = { messages: [{ role: 'user', content: 'what is it' }], ...compute, ...extra };
    const { rows } = await runJob(chat, params, options);
    return rows.map((row) => chatResult.parse(row));
  };

  it('tells every token with its place among the likeliest, then the end', async () => {
    const sampling = { temperature: 0, maxTokens: 5 };
    const rows = await ask({ images: [join(base, 'blue.png')], sampling });
    const tokens = rows.flatMap((row) => (row.kind === 'token' ? [row] : []));
    const end = rows.at(-1);
    expect(tokens.length).toBeGreaterThan(0);
    expect(end).toMatchObject({ kind: 'end', tokens: tokens.length });
    for (const { id, logprob, top } of tokens) {
      // Greedy: the drawn token is the likeliest that may be drawn.
      const own = top.find((entry) => entry.id === id);
      expect(top).toHaveLength(5);
      if (own !== undefined) expect(own.logprob).toBeCloseTo(logprob, 4);
      expect(top.map((entry) => entry.logprob)).toEqual(
        top.map((entry) => entry.logprob).sort((a, b) => b - a),
      );
    }
    const [again] = (
      await ask({ images: [join(base, 'blue.png')], sampling, topAlternatives: 0 })
    ).slice(-1);
    expect(again).toMatchObject({
      kind: 'end',
      loadSeconds: 0,
      text: end?.kind === 'end' ? end.text : '',
    });
  });

  it('of several turns is seeded, and refuses to answer itself', async () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ];
    const sampling = { seed: 4, maxTokens: 4 };
    const ids = async () =>
      (await ask({ messages, sampling })).map((row) => row.kind === 'token' && row.id);
    expect(await ids()).toEqual(await ids());
    await expect(ask({ messages: messages.slice(0, 2) })).rejects.toMatchObject({
      code: 'dataset/bad-row',
    });
    await expect(ask({ images: [join(base, 'absent.png')] })).rejects.toMatchObject({
      code: 'file/missing',
    });
  });

  it('that is stopped tells its end', async () => {
    const control = new AbortController();
    const rows: unknown[] = [];
    const stopped = ask(
      { sampling: { maxTokens: 500, temperature: 2 } },
      {
        signal: control.signal,
        onEvent: (event: { type: string; row?: unknown }) => {
          if (event.type === 'row') rows.push(event.row);
          control.abort();
        },
      },
    );
    await expect(stopped).rejects.toThrow();
    expect(chatResult.parse(rows.at(-1))).toMatchObject({ kind: 'end', finish: 'cancelled' });
  });

  it('keeps two models loaded and lets the oldest go', async () => {
    const first = loadedModel(undefined, compute);
    loadedModel(model, compute);
    expect(loadedModel(STARTER, compute).policy).toBe(first.policy);
    const other = await writeTinyModel(base);
    loadedModel(other, compute);
    expect(loadedModel(model, compute).loadSeconds).toBeGreaterThan(0);
  });
});

it('completions are scored as they were sampled, with alternatives where they are asked for', async () => {
  const sample = { prompt: 'what is it', images: ['blue.png'] };
  const { rows: told } = await runJob(chat, {
    messages: [
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'what is it' }] },
    ],
    images: [join(base, 'blue.png')],
    sampling: { seed: 3, maxTokens: 6 },
    ...compute,
  });
  const drawn = told
    .map((row) => chatResult.parse(row))
    .flatMap((row) => (row.kind === 'token' ? [row] : []));
  const ids = drawn.map(({ id }) => id);
  const { rows } = await runJob(scoreRollout, {
    rows: [{ sample, completions: [ids, ids.slice(0, 1)] }],
    mediaFolder: base,
    reference: model,
    topAlternatives: 3,
    at: [0],
    ...compute,
  });
  const [whole, short] = rows.map((row) => scoreRolloutResult.parse(row));
  expect(whole?.tokens.map(({ id }) => id)).toEqual(ids);
  whole?.tokens.forEach((token, i) => {
    expect(token.logprob).toBeCloseTo(drawn[i]?.logprob ?? 0, 3);
    expect(token.entropy).toBeCloseTo(drawn[i]?.entropy ?? 0, 3);
    expect(token.refLogprob).not.toBeCloseTo(token.logprob, 3);
    expect(token.top).toHaveLength(i === 0 ? 3 : 0);
  });
  expect(whole?.tokens[0]?.top.map(({ id }) => id)).toEqual(
    drawn[0]?.top.slice(0, 3).map(({ id }) => id),
  );
  expect(short?.tokens).toHaveLength(1);
  await expect(
    runJob(scoreRollout, {
      rows: [{ sample: { prompt: 'x' }, completions: [[99_999]] }],
      ...compute,
    }),
  ).rejects.toMatchObject({ code: 'dataset/bad-row' });
});

it('the likeliest are found in any order of logits', () => {
  const logits = Float32Array.of(1, 5, 3, 5, -2, 4, 0, 9);
  const [a, b] = topOf(logits, 4, { count: 2, temperature: 2 });
  expect(a?.map(({ id }) => id)).toEqual([1, 3]);
  expect(b?.map(({ id }) => id)).toEqual([3, 1]);
  const sum = [1, 5, 3, 5].reduce((total, value) => total + Math.exp(value / 2), 0);
  expect(a?.[0]?.logprob).toBeCloseTo(5 / 2 - Math.log(sum), 6);
  expect(topOf(logits, 4, { count: 9, temperature: 1 })[0]).toHaveLength(4);
});
