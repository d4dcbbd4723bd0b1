/** Models checked and exported: whole folders, checkpoints, adapters on their base and on another. */
import {
  cpSync,
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
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../../src/engine/files/safetensors.ts';
import { toF32 } from '../../../src/engine/files/tensor-data.ts';
import { modelCheck } from '../../../src/engine/jobs/model-check.ts';
import { modelExport } from '../../../src/engine/jobs/model-export.ts';
import { scoreRollout } from '../../../src/engine/jobs/score-rollout.ts';
import { listCheckpoints } from '../../../src/engine/run-folder/read.ts';
import {
  modelCheckResult,
  modelExportResult,
  scoreRolloutResult,
} from '../../../src/shared/protocol/results.ts';
import { runJob } from '../../support/run-job.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';
import { runTraining } from '../../support/train-run.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));
const TRACES = fileURLToPath(
  new URL('../../../resources/traces/follow-short.jsonl', import.meta.url),
);
let base: string;
let model: string;
/** Checkpoint with a LoRA adapter that does something. */
let adapter: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-models-'));
  model = await writeTinyModel(base);
  const runs = join(base, 'runs');
  const { error } = await runTraining({
    action: 'start',
    recipe: 'sft',
    data: TRACES,
    model,
    runs,
    steps: 2,
    device: 'cpu',
    threads: 2,
    set: {
      'training.promptsPerStep': 1,
      'optimizer.learningRate': 0.05,
      'schedule.warmupSteps': 0,
      'model.lora.rank': 2,
    },
  });
  if (error !== undefined) throw error;
  adapter = listCheckpoints(join(runs, readdirSync(runs)[0] ?? '')).at(-1)?.path ?? '';
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const check = async (path: string) =>
  modelCheckResult.parse((await runJob(modelCheck, { path })).rows[0]);
const exported = async (params: object) => {
  const out = mkdtempSync(join(base, 'out-'));
  const { rows, events } = await runJob(modelExport, { out, ...params });
  return { out, events, result: modelExportResult.parse(rows[0]) };
};

describe('a check', () => {
  it('of a model that runs finds every part', async () => {
    const found = await check(STARTER);
    expect(found).toMatchObject({
      kind: 'model',
      ok: true,
      problems: [],
      vocabulary: 1024,
      step: null,
    });
    expect(found.parts.map(({ part, ok }) => [part, ok])).toEqual(
      ['config', 'tensors', 'tokenizer', 'template', 'processor'].map((part) => [part, true]),
    );
    expect(found.tensors.every(({ state }) => state === 'ok')).toBe(true);
    expect(found.bytes).toBe(2 * found.parameters);
    expect((await check(STARTER)).headerSha256).toBe(found.headerSha256);
  });

  it('names what is missing, too much or of another form', async () => {
    const broken = join(base, 'broken');
    cpSync(model, broken, { recursive: true });
    const file = join(broken, 'model.safetensors');
    const tensors = new Map(openSafetensors(file).tensors);
    const [lost, bent] = ['model.norm.weight', 'model.embed_tokens.weight'];
    const norm = tensors.get(lost);
    tensors.delete(lost);
    if (norm !== undefined) tensors.set('stray.weight', norm).set(bent, norm);
    await writeSafetensors(join(base, 'bent.safetensors'), tensors);
    cpSync(join(base, 'bent.safetensors'), file);
    rmSync(join(broken, 'chat_template.jinja'));
    const found = await check(broken);
    expect(found.ok).toBe(false);
    const states = Object.fromEntries(found.tensors.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      [lost]: 'missing',
      [bent]: 'shape',
      'stray.weight': 'unexpected',
    });
    expect(found.problems.map(({ part }) => part)).toEqual([
      'tensors',
      'tensors',
      'tensors',
      'template',
    ]);
    for (const { fix } of found.problems) expect(fix).not.toBe('');
  });

  it.each([
    ['nothing', () => undefined],
    ['an empty folder', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, 'x')],
    [
      'another architecture',
      (path: string) => {
        mkdirSync(path);
        writeFileSync(join(path, 'config.json'), '{"model_type":"llama"}');
      },
    ],
    [
      'garbage',
      (path: string) => {
        mkdirSync(path);
        for (const name of ['config.json', 'tokenizer.json', 'model.safetensors'])
          writeFileSync(join(path, name), '\u0000{');
      },
    ],
  ])('of %s ends in problems, not in an error', async (name, make) => {
    const path = join(base, name.replaceAll(' ', '-'));
    make(path);
    const found = await check(path);
    expect(found.ok).toBe(false);
    expect(found.problems.length).toBeGreaterThan(0);
  });

  it('of a checkpoint knows its step, of an adapter its base', async () => {
    const found = await check(adapter);
    expect(found).toMatchObject({
      kind: 'adapter',
      ok: true,
      step: 2,
      base: { path: model, isSame: true },
    });
    expect(found.parts.map(({ part }) => part)).toContain('training');
  });
});

describe('an export', () => {
  it('of a whole model is the same model, in the form that was asked for', async () => {
    const { out, result, events } = await exported({ checkpoint: STARTER, format: 'full' });
    expect(result).toMatchObject({ format: 'full', isChecked: true });
    expect(readFileSync(join(out, 'tokenizer.json'))).toEqual(
      readFileSync(join(STARTER, 'tokenizer.json')),
    );
    expect((await check(out)).ok).toBe(true);
    const stages = new Set(
      events.flatMap((event) => (event.type === 'progress' ? [event.stage] : [])),
    );
    expect([...stages]).toEqual(['writing', 'checking']);
    const wide = await exported({ checkpoint: STARTER, format: 'full', dtype: 'f32' });
    const [a, b] = [out, wide.out].map(
      (folder) => openSafetensors(join(folder, 'model.safetensors')).tensors,
    );
    expect(a?.get('model.norm.weight')?.dtype).toBe('f16');
    expect(b?.get('model.norm.weight')?.dtype).toBe('f32');
    for (const [name, tensor] of a ?? []) {
      const other = b?.get(name);
      expect(
        other !== undefined &&
          Buffer.from(toF32(tensor).buffer).equals(Buffer.from(toF32(other).buffer)),
        name,
      ).toBe(true);
    }
  });

  it('of an adapter folded into its base scores as both together', async () => {
    const { out } = await exported({ checkpoint: adapter, format: 'merged' });
    const scores = async (folder: string) => {
      const rows = [{ sample: { world: 'follow/train/1/0/3' }, completions: [[5, 6, 7]] }];
      const params = { model: folder, rows, topAlternatives: 0, device: 'cpu', threads: 2 };
      const { rows: told } = await runJob(scoreRollout, params);
      return scoreRolloutResult.parse(told[0]).tokens.map(({ logprob }) => logprob);
    };
    const [together, merged, plain] = [
      await scores(adapter),
      await scores(out),
      await scores(model),
    ];
    together.forEach((value, i) => {
      expect(merged[i]).toBeCloseTo(value, 4);
    });
    expect(plain[0]).not.toBeCloseTo(together[0] ?? 0, 3);
  });

  it('of an adapter is a PEFT folder that knows its base', async () => {
    const { out, result } = await exported({ checkpoint: adapter, format: 'adapter' });
    expect(result.files.map(({ name }) => name)).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'rationale_base.json',
    ]);
    expect(await check(out)).toMatchObject({ kind: 'adapter', ok: true, base: { isSame: true } });
  });

  it('that cannot be is refused and leaves nothing', async () => {
    const other = await writeTinyModel(base, { norm: 2 });
    const refusals = [
      [{ checkpoint: STARTER, format: 'adapter' }, 'model/unsupported'],
      [{ checkpoint: adapter, format: 'full' }, 'model/unsupported'],
      [{ checkpoint: adapter, format: 'merged', base: other }, 'model/other-base'],
      [{ checkpoint: join(base, 'absent'), format: 'full' }, 'file/missing'],
    ] as const;
    for (const [params, code] of refusals) {
      const out = join(base, `refused-${code.replace('/', '-')}`);
      await expect(runJob(modelExport, { out, ...params })).rejects.toMatchObject({ code });
      expect(existsSync(out)).toBe(false);
    }
    await expect(
      runJob(modelExport, { checkpoint: STARTER, format: 'full', out: model }),
    ).rejects.toMatchObject({ code: 'file/write-failed' });
    const control = new AbortController();
    const out = join(base, 'stopped');
    await expect(
      runJob(
        modelExport,
        { checkpoint: STARTER, format: 'full', out },
        { signal: control.signal, onEvent: () => control.abort() },
      ),
    ).rejects.toThrow();
    expect(existsSync(out)).toBe(false);
  });
});

it('an adapter is refused on a base that was changed', async () => {
  const moved = join(base, 'moved');
  cpSync(adapter, moved, { recursive: true });
  const other = await writeTinyModel(base, { norm: 3 });
  const file = join(moved, 'model', 'adapter_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>; // written by us
  writeFileSync(file, JSON.stringify({ ...config, base_model_name_or_path: other }));
  expect(await check(moved)).toMatchObject({ ok: false, base: { isSame: false } });
  const rows = [{ sample: { prompt: 'x' }, completions: [[5]] }];
  await expect(
    runJob(scoreRollout, { model: moved, rows, device: 'cpu', threads: 2 }),
  ).rejects.toMatchObject({ code: 'model/other-base' });
});

it('a header that names a tensor twice is refused', () => {
  const path = join(base, 'twice.safetensors');
  const entry = '{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';
  const header = `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]} , "\\u0061" : ${entry}}`;
  const bytes = Buffer.alloc(8 + header.length + 1);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  writeFileSync(path, bytes);
  expect(() => openSafetensors(path)).toThrow(/names a twice/);
});
