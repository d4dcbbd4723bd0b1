/**
 * Training data and recipes out of bad hands: a run that cannot take its first step ends in a typed
 * error with a hint and leaves no run folder.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng, makeSample } from '../../src/engine/world/index.ts';
import { LabError } from '../../src/shared/errors.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { runTraining } from '../support/train-run.ts';

let base: string;
let model: string;

const GOOD = {
  prompt: 'path from c1',
  images: ['a.png'],
  answer: 'b2',
  completion: 'b2',
  rejected: 'b1',
};

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-data-'));
  model = await writeTinyModel(base);
  const sample = makeSample({ task: 'follow', split: 'train', seed: 5, index: 0 });
  const [image] = sample.images;
  if (image === undefined) throw new Error('a walk has a picture');
  mkdirSync(join(base, 'data'));
  writeFileSync(join(base, 'data', 'a.png'), await encodePng(image));
  writeFileSync(join(base, 'data', 'text.png'), 'hello');
  writeFileSync(join(base, 'data', 'huge.png'), pngHeader(100_000, 100_000));
  writeFileSync(join(base, 'data', 'svg.png'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  copyFileSync(join(base, 'data', 'a.png'), join(base, 'outside.png'));
  symlinkSync(join(base, 'outside.png'), join(base, 'data', 'link.png'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A PNG that declares a size and has no pixels. */
function pngHeader(width: number, height: number): Buffer {
  const bytes = Buffer.from(
    [
      // Signature, IHDR, an empty IDAT, IEND.
      '89504e470d0a1a0a',
      '0000000d494844520000000000000000080200000000000000',
      '000000004944415435af061e',
      '0000000049454e44ae426082',
    ].join(''),
    'hex',
  );
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

type Row = string | Record<string, unknown>;

async function train(rows: readonly Row[], params: Record<string, unknown> = {}) {
  const data = join(base, 'data', 'rows.jsonl');
  const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(data, `${text.join('\n')}\n`);
  const runs = join(mkdtempSync(join(base, 'runs-')), 'runs');
  const { error } = await runTraining({
    action: 'start',
    recipe: 'sft',
    model,
    data,
    runs,
    steps: 1,
    device: 'cpu',
    threads: 2,
    set: { 'training.promptsPerStep': 1, ...RL[String(params['recipe'] ?? 'sft')] },
    ...params,
  });
  return { error, runs: existsSync(runs) ? readdirSync(runs) : [] };
}

const RL: Record<string, Record<string, unknown>> = {
  grpo: { 'rollout.groupSize': 2, 'rollout.maxCompletionTokens': 4 },
};

async function expectRefused(rows: readonly Row[], code: string, params = {}) {
  const { error, runs } = await train(rows, params);
  expect(error).toBeInstanceOf(LabError);
  // Just checked.
  const { code: got, hint, message } = error as LabError;
  expect([got, message]).toEqual([code, expect.any(String)]);
  expect(hint).toBeTruthy();
  expect(runs).toEqual([]);
}

const without = (key: string): Row =>
  Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key));
const showing = (...images: unknown[]): Row => ({ ...GOOD, images });

describe('a data file with', () => {
  it.each<[string, Row[], string]>([
    ['no rows', [], 'dataset/bad-row'],
    ['a row that is no JSON', ['{nope'], 'dataset/bad-row'],
    ['a row that is a list', ['[1]'], 'dataset/bad-row'],
    ['a row that is null', ['null'], 'dataset/bad-row'],
    ['a row of 100,000 brackets', ['['.repeat(1e5)], 'dataset/bad-row'],
    ['a row of 20 MB', [JSON.stringify({ ...GOOD, prompt: 'x'.repeat(2e7) })], 'dataset/bad-row'],
    [
      'a prompt longer than the model takes',
      [{ ...GOOD, prompt: 'path '.repeat(9000) }],
      'dataset/bad-row',
    ],
    [
      'fields below __proto__',
      ['{"__proto__":{"prompt":"p","completion":"c"}}'],
      'dataset/bad-row',
    ],
    ['no prompt', [without('prompt')], 'dataset/bad-row'],
    ['a prompt that is a number', [{ ...GOOD, prompt: 5 }], 'dataset/bad-row'],
    ['no completion', [without('completion')], 'dataset/bad-row'],
    ['a placeholder in the prompt', [{ ...GOOD, prompt: '<|image_pad|>' }], 'dataset/bad-row'],
    ['an absolute picture', [showing('/etc/hostname')], 'dataset/bad-row'],
    ['a picture above its folder', [showing('../outside.png')], 'dataset/bad-row'],
    ['a picture that is a link outwards', [showing('link.png')], 'dataset/bad-row'],
    ['a zero byte in a picture name', [showing('a.png\0.txt')], 'dataset/bad-row'],
    ['a picture that is a number', [showing(7)], 'dataset/bad-row'],
    ['a picture that is not there', [showing('b.png')], 'file/missing'],
    ['a picture that is a folder', [showing('.')], 'file/missing'],
    ['a picture of 10^10 pixels', [showing('huge.png')], 'image/too-large'],
    ['a text called .png', [showing('text.png')], 'image/invalid'],
    ['a drawing called .png', [showing('svg.png')], 'image/invalid'],
    ['a world id without difficulty', [{ world: 'follow/train/7/12' }], 'dataset/bad-row'],
    ['a world id out of range', [{ world: 'follow/train/7/12/99' }], 'dataset/bad-row'],
    ['a world id that is a path', [{ world: 'follow/../7/12/3' }], 'dataset/bad-row'],
    [
      'a world id of a task there is not',
      [{ world: 'constructor/train/7/12/3' }],
      'dataset/bad-row',
    ],
    [
      'a world id beyond exact numbers',
      [{ world: `follow/train/${'9'.repeat(30)}/1/3` }],
      'dataset/bad-row',
    ],
  ])('%s is refused', (_, rows, code) => expectRefused(rows, code));

  it.each<[string, Row]>([
    ['no answer', without('answer')],
    ['an unknown verifier', { ...GOOD, verifier: { kind: '__proto__', params: {} } }],
    ['a verifier without its parameters', { ...GOOD, verifier: { kind: 'exact', params: {} } }],
  ])('%s is refused where answers are rewarded', (_, row) =>
    expectRefused([row], 'dataset/bad-row', { recipe: 'grpo' }),
  );

  it('no rejected completion is refused where pairs are compared', () =>
    expectRefused([without('rejected')], 'dataset/bad-row', { recipe: 'dpo' }));

  it('a byte order mark, carriage returns and empty lines is read', async () => {
    const line = JSON.stringify(GOOD);
    const { error, runs } = await train([`\uFEFF${line}\r`, '', '  ', `${line}\r`]);
    expect(error).toBeUndefined();
    expect(runs).toHaveLength(1);
  });
});

describe('a model that is an adapter', () => {
  it('is refused by training, which starts from whole models', async () => {
    const adapter = mkdtempSync(join(base, 'adapter-'));
    writeFileSync(join(adapter, 'adapter_config.json'), '{}');
    await expectRefused([GOOD], 'model/unsupported', { model: adapter });
  });
});

describe('a recipe that', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'freezes everything',
      { 'model.freeze': ['vision', 'merger', 'language', 'embeddings'] },
      'recipe/invalid',
    ],
    ['takes steps below zero', { 'training.steps': -1 }, 'recipe/invalid'],
    ['has a rate that is text', { 'optimizer.learningRate': 'fast' }, 'recipe/invalid'],
    ['has a rank of 10^9', { 'model.lora.rank': 1e9 }, 'recipe/invalid'],
    ['has groups of 10^9', { 'rollout.groupSize': 1e9 }, 'recipe/invalid'],
    ['has 10^12 prompts', { 'training.promptsPerStep': 1e12 }, 'recipe/invalid'],
    ['sets __proto__', { '__proto__.polluted': 1 }, 'recipe/invalid'],
    ['sets constructor', { 'training.constructor.prototype.polluted': 1 }, 'recipe/invalid'],
  ])('%s is refused', async (_, set, code) => {
    await expectRefused([GOOD], code, { set });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
