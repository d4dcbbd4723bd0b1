/** Writing model folders: what comes back, in one file or shards, in each storage dtype. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toF32 } from '../../../src/engine/files/tensor-data.ts';
import { initWeights } from '../../../src/engine/models/qwen2-5-vl/init.ts';
import { writeModelFolder } from '../../../src/engine/models/qwen2-5-vl/save.ts';
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
  folder = join(mkdtempSync(join(tmpdir(), 'save-')), 'model');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

describe('writeModelFolder', () => {
  it.each(['f32', 'bf16'] as const)(
    'keeps weights that are exact in bfloat16, in %s shards',
    async (dtype) => {
      const { config, tensors } = readModelFolder(PARITY_MODEL);
      await writeModelFolder(folder, {
        config,
        tensors,
        dtype,
        maxShardBytes: 200_000,
        source: PARITY_MODEL,
      });
      const files = readdirSync(folder);
      expect(files.filter((name) => name.endsWith('.safetensors')).length).toBeGreaterThan(2);
      expect(files).toContain('preprocessor_config.json');
      const read = readModelFolder(folder);
      expect(read.config).toEqual(config);
      expect(packWeights(config, read.tensors)).toEqual(packWeights(config, tensors));
      expect([...read.tensors.values()].every((tensor) => tensor.dtype === dtype)).toBe(true);
      const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
      // A key that the engine does not use stays.
      expect(json.text_config.max_window_layers).toBe(3);
      expect(json.dtype).toBe(dtype === 'f32' ? 'float32' : 'bfloat16');
    },
  );

  it('writes a fresh model, usable with the companions of its source', async () => {
    const { config } = readConfig(BENCH);
    const packed = initWeights(config, 3);
    const tensors = toHostTensors(unpackWeights(config, packed));
    await writeModelFolder(folder, { config, tensors, dtype: 'f16', source: BENCH });
    const read = readModelFolder(folder);
    const norm = read.tensors.get('model.norm.weight');
    expect(norm && [...new Set(toF32(norm))]).toEqual([1]);
    expect(readdirSync(folder).sort()).toEqual([...readdirSync(BENCH), 'model.safetensors'].sort());
    await expect(writeModelFolder(folder, { config, tensors, dtype: 'f32' })).rejects.toMatchObject(
      {
        code: 'file/write-failed',
      },
    );
    await writeModelFolder(folder, { config, tensors, dtype: 'f32', overwrite: true });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors']);
  });

  it('refuses an incomplete model and writes nothing', async () => {
    const { config, tensors } = readModelFolder(PARITY_MODEL);
    const part = new Map([...tensors].slice(1));
    await expect(writeModelFolder(folder, { config, tensors: part, dtype: 'f32' })).rejects.toThrow(
      /missing/,
    );
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });
});
