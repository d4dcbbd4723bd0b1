/** Packing and unpacking of whole checkpoints: real folders, every layout that loads in Hugging Face. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../../src/engine/files/safetensors.ts';
import { type HostTensor, toF32 } from '../../../src/engine/files/tensor-data.ts';
import { initWeights } from '../../../src/engine/models/qwen2-5-vl/init.ts';
import { layoutOf, toMemoryName } from '../../../src/engine/models/qwen2-5-vl/names.ts';
import {
  packWeights,
  readConfig,
  readModelFolder,
  toHostTensors,
  unpackWeights,
} from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import { BENCH, PARITY_MODEL } from '../../support/public-fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weights-'));
  cpSync(PARITY_MODEL, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const values = (tensors: ReadonlyMap<string, HostTensor>) =>
  new Map([...tensors].map(([name, tensor]) => [name, [...toF32(tensor)]]));

describe('packing', () => {
  it('stacks q, k, v and gate, up as rows, and unpacks to the same numbers', () => {
    const { config, tensors } = readModelFolder(folder);
    const packed = packWeights(config, tensors);
    const q = toF32(tensors.get('model.layers.1.self_attn.q_proj.weight') as HostTensor); // checked on reading
    const v = toF32(tensors.get('model.layers.1.self_attn.v_proj.weight') as HostTensor);
    const qkv = packed.get('layers.1.qkv');
    expect(qkv?.shape).toEqual([128, 64]);
    expect([...(qkv?.data.subarray(0, 64 * 64) ?? [])]).toEqual([...q]);
    expect([...(qkv?.data.subarray(96 * 64) ?? [])]).toEqual([...v]);
    expect(packed.get('visual.patch_embed')?.shape).toEqual([48, 384]);
    expect(packed.has('lm_head')).toBe(false);
    const back = unpackWeights(config, packed);
    expect(new Set(back.keys())).toEqual(new Set(tensors.keys()));
    expect(values(toHostTensors(back))).toEqual(values(tensors));
  });

  it('counts the parameters of the bench configuration', () => {
    const { config } = readConfig(BENCH);
    const packed = initWeights(config, 1);
    let total = 0;
    for (const { data } of packed.values()) total += data.length;
    expect(total).toBe(3_631_744);
  });
});

describe('initWeights', () => {
  it('is deterministic, normal 0.02, norms one, biases zero, padding row zero', () => {
    const { config } = readConfig(BENCH);
    const [first, second, other] = [
      initWeights(config, 7),
      initWeights(config, 7),
      initWeights(config, 8),
    ];
    const matrix = first.get('layers.0.qkv')?.data ?? new Float32Array();
    expect(matrix).toEqual(second.get('layers.0.qkv')?.data);
    expect(matrix).not.toEqual(other.get('layers.0.qkv')?.data);
    const mean = matrix.reduce((a, b) => a + b, 0) / matrix.length;
    const deviation = Math.sqrt(matrix.reduce((a, b) => a + b * b, 0) / matrix.length);
    expect(Math.abs(mean)).toBeLessThan(5e-4);
    expect(deviation).toBeCloseTo(0.02, 3);
    expect(first.get('norm')?.data.every((x) => x === 1)).toBe(true);
    expect(first.get('layers.0.qkv_bias')?.data.every((x) => x === 0)).toBe(true);
    const pad = config.text.padTokenId ?? 0;
    const D = config.text.hiddenSize;
    expect(
      first
        .get('embed')
        ?.data.subarray(pad * D, (pad + 1) * D)
        .every((x) => x === 0),
    ).toBe(true);
  });
});

describe('reading folders', () => {
  it('reads in-memory names, a tied model with an extra lm_head, and no metadata', async () => {
    const { tensors } = readModelFolder(PARITY_MODEL);
    const renamed = new Map([...tensors].map(([name, t]) => [toMemoryName(name), t]));
    renamed.set('lm_head.weight', tensors.get('model.embed_tokens.weight') as HostTensor); // always there
    await writeSafetensors(join(folder, 'model.safetensors'), renamed, {});
    const read = readModelFolder(folder);
    expect(
      values(new Map([...read.tensors].filter(([name]) => name !== 'lm_head.weight'))),
    ).toEqual(values(tensors));
  });

  it('reads an untied model with its own lm_head', async () => {
    const { tensors } = readModelFolder(PARITY_MODEL);
    const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ ...json, tie_word_embeddings: false }),
    );
    expect(() => readModelFolder(folder)).toThrow(/missing: lm_head.weight/);
    const more = new Map(tensors).set(
      'lm_head.weight',
      tensors.get('model.embed_tokens.weight') as HostTensor,
    );
    await writeSafetensors(join(folder, 'model.safetensors'), more);
    const read = readModelFolder(folder);
    expect(packWeights(read.config, read.tensors).get('lm_head')?.shape).toEqual([320, 64]);
  });

  it('lists missing, unexpected and misshapen tensors', async () => {
    const { tensors } = readModelFolder(PARITY_MODEL);
    const broken = new Map(tensors);
    broken.delete('model.norm.weight');
    broken.set('model.surprise', tensors.get('model.norm.weight') as HostTensor);
    broken.set('visual.merger.ln_q.weight', tensors.get('model.norm.weight') as HostTensor);
    await writeSafetensors(join(folder, 'model.safetensors'), broken);
    expect(() => readModelFolder(folder)).toThrow(
      /missing: model.norm.weight; unexpected: model.surprise; wrong: visual.merger.ln_q.weight expected \[48\] got \[64\]/,
    );
  });

  it.each(['../model.safetensors', '/etc/passwd', 'a/b.safetensors', '..', 'c:\\x.safetensors'])(
    'refuses the shard name %s',
    (shard) => {
      const index = { weight_map: { 'model.norm.weight': shard } };
      writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
      expect(() => readModelFolder(folder)).toThrow(
        expect.objectContaining({ code: 'file/unsafe' }),
      );
    },
  );

  it('refuses a shard that links out of the folder, but reads a Hugging Face cache', () => {
    const outside = join(folder, 'models--x', 'blobs');
    const snapshot = join(folder, 'models--x', 'snapshots', 'abc');
    cpSync(PARITY_MODEL, snapshot, { recursive: true });
    cpSync(join(PARITY_MODEL, 'model.safetensors'), join(outside, 'blob'));
    rmSync(join(snapshot, 'model.safetensors'));
    symlinkSync('../../blobs/blob', join(snapshot, 'model.safetensors'));
    expect(readModelFolder(snapshot).tensors.size).toBeGreaterThan(0);
    rmSync(join(snapshot, 'model.safetensors'));
    symlinkSync(join(PARITY_MODEL, 'model.safetensors'), join(snapshot, 'model.safetensors'));
    expect(() => readModelFolder(snapshot)).toThrow(
      expect.objectContaining({ code: 'file/unsafe' }),
    );
  });

  it('names the tensors that an index promises and the shards lack', () => {
    const names = [
      ...openSafetensors(join(folder, 'model.safetensors')).tensors.keys(),
      'ghost.weight',
    ];
    const index = {
      weight_map: Object.fromEntries(names.map((name) => [name, 'model.safetensors'])),
    };
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    expect(() => readModelFolder(folder)).toThrow(/ghost.weight/);
  });

  it('covers every disk name once', () => {
    const { config } = readConfig(PARITY_MODEL);
    const names = layoutOf(config).flatMap(({ rows }) => rows.map(({ disk }) => disk));
    expect(new Set(names).size).toBe(names.length);
  });
});
