/**
 * A complete model folder small enough to train in a test: the starter's tokenizer, template and
 * processor on two layers of width 32 with random weights, of which the end token's are large, so
 * that completions end at different lengths.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initWeights } from '../../src/engine/models/qwen2-5-vl/init.ts';
import { writeModelFolder } from '../../src/engine/models/qwen2-5-vl/save.ts';
import {
  readConfig,
  toHostTensors,
  unpackWeights,
} from '../../src/engine/models/qwen2-5-vl/weights.ts';

const STARTER = fileURLToPath(new URL('../../resources/starter/', import.meta.url));

/**
 * Writes the model below `base`.
 * @param options.norm every weight of the last norm; NaN makes a model that is broken throughout
 * @returns its folder
 */
export async function writeTinyModel(
  base: string,
  options: { readonly norm?: number } = {},
): Promise<string> {
  const draft = mkdtempSync(join(base, 'draft-'));
  writeFileSync(join(draft, 'config.json'), JSON.stringify(tinyConfig()));
  const { config } = readConfig(draft);
  const weights = initWeights(config, 1);
  const embed = weights.get('embed');
  const width = config.text.hiddenSize;
  for (const id of config.text.eosTokenIds) {
    for (let i = id * width; i < (id + 1) * width; i++) {
      if (embed !== undefined) embed.data[i] = 60 * (embed.data[i] ?? 0);
    }
  }
  if (options.norm !== undefined) weights.get('norm')?.data.fill(options.norm);
  const folder = mkdtempSync(join(base, 'tiny-'));
  const tensors = toHostTensors(unpackWeights(config, weights));
  await writeModelFolder(folder, { config, tensors, dtype: 'f32', source: STARTER });
  return folder;
}

function tinyConfig(): unknown {
  // The starter's own file, read and written back with other sizes.
  const config = JSON.parse(readFileSync(join(STARTER, 'config.json'), 'utf8')) as {
    text_config: Record<string, unknown> & { rope_parameters: object };
    vision_config: Record<string, unknown>;
  };
  Object.assign(config.text_config, {
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    layer_types: ['full_attention', 'full_attention'],
    max_window_layers: 2,
    rope_parameters: { ...config.text_config.rope_parameters, mrope_section: [2, 3, 3] },
  });
  Object.assign(config.vision_config, {
    depth: 2,
    fullatt_block_indexes: [1],
    hidden_size: 32,
    intermediate_size: 48,
    num_heads: 2,
    out_hidden_size: 32,
  });
  return config;
}
