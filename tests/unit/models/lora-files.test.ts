/** PEFT adapters: the public fixture in and out, module matching, and files that do not fit. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../../src/engine/files/safetensors.ts';
import { toF32 } from '../../../src/engine/files/tensor-data.ts';
import {
  matchModules,
  readAdapter,
  writeAdapter,
} from '../../../src/engine/models/qwen2-5-vl/lora-files.ts';
import { readConfig } from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import { PARITY_ADAPTER, PARITY_MODEL } from '../../support/public-fixture.ts';

const { config } = readConfig(PARITY_MODEL);
const ENDINGS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'adapter-')), 'a');
  cpSync(PARITY_ADAPTER, folder, { recursive: true });
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

function edit(changes: Record<string, unknown>): void {
  const path = join(folder, 'adapter_config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...changes }));
}

describe('adapter files', () => {
  it('reads the fixture by disk module name', () => {
    const { settings, factors } = readAdapter(folder, config);
    expect([settings.rank, settings.alpha]).toEqual([8, 16]);
    expect(factors.size).toBe(21);
    const q = factors.get('model.layers.0.self_attn.q_proj');
    expect([q?.a.shape, q?.b.shape, q?.scaling]).toEqual([[8, 64], [64, 8], 2]);
  });

  it('writes what it read, tensor for tensor', async () => {
    const adapter = readAdapter(folder, config);
    const copy = join(folder, '..', 'copy');
    await writeAdapter(copy, config, adapter);
    const [before, after] = [folder, copy].map(
      (at) => openSafetensors(join(at, 'adapter_model.safetensors')).tensors,
    );
    expect([...(after?.keys() ?? [])].sort()).toEqual([...(before?.keys() ?? [])].sort());
    for (const [name, tensor] of before ?? []) {
      const written = after?.get(name);
      expect(written && [...toF32(written)]).toEqual([...toF32(tensor)]);
    }
    expect(readAdapter(copy, config)).toEqual(adapter);
    await expect(writeAdapter(copy, config, adapter)).rejects.toMatchObject({
      code: 'file/write-failed',
    });
    await writeAdapter(copy, config, adapter, { overwrite: true });
  });

  it('reads names without the language_model part and with the adapter name', async () => {
    const path = join(folder, 'adapter_model.safetensors');
    const renamed = new Map(
      [...openSafetensors(path).tensors].map(([name, tensor]) => {
        const older = name.replace('.language_model', '').replace('.weight', '.default.weight');
        return [
          older,
          {
            ...tensor,
            bytes: (
              (bytes) => () =>
                bytes
            )(tensor.bytes()),
          },
        ];
      }),
    );
    await writeSafetensors(path, renamed);
    expect(readAdapter(folder, config).factors.has('model.layers.2.mlp.down_proj')).toBe(true);
  });

  it('matches modules as PEFT does', () => {
    const regex = `.*language_model.*\\.(${ENDINGS.join('|')})`;
    expect(matchModules(config, regex)).toHaveLength(21);
    // The plain list also takes the MLPs of the three vision blocks.
    expect(matchModules(config, ENDINGS)).toHaveLength(21 + 9);
    expect(matchModules(config, ENDINGS, '.*visual.*')).toHaveLength(21);
    expect(matchModules(config, 'all-linear')).toHaveLength(21 + 15 + 2);
    expect(matchModules(config, ['0.self_attn.q_proj'])).toEqual([
      'model.layers.0.self_attn.q_proj',
    ]);
    expect(matchModules(config, 'q_proj')).toEqual([]);
  });

  it('applies rank-stabilised scaling and patterns', () => {
    edit({ use_rslora: true, alpha_pattern: { 'layers.1.mlp.up_proj': 4 } });
    const { factors } = readAdapter(folder, config);
    expect(factors.get('model.layers.0.mlp.up_proj')?.scaling).toBeCloseTo(16 / Math.sqrt(8), 12);
    expect(factors.get('model.layers.1.mlp.up_proj')?.scaling).toBeCloseTo(4 / Math.sqrt(8), 12);
  });

  it.each([
    [{ use_dora: true }, 'model/unsupported'],
    [{ bias: 'all' }, 'model/unsupported'],
    [{ modules_to_save: ['lm_head'] }, 'model/unsupported'],
    [{ peft_type: 'IA3' }, 'model/unsupported'],
    [{ r: 4 }, 'safetensors/mismatch'],
    [{ r: 1e300 }, 'config/invalid'],
    [{ target_modules: ENDINGS }, 'safetensors/mismatch'],
    [{ target_modules: '(.*)*x' }, 'file/unsafe'],
    [{ target_modules: '([' }, 'config/invalid'],
  ])('refuses %j', (changes, code) => {
    edit(changes);
    expect(() => readAdapter(folder, config)).toThrow(expect.objectContaining({ code }));
  });
});
