/** Both layouts of config.json, defaults, and configurations the engine must refuse. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseModelConfig,
  toHuggingFaceConfig,
} from '../../../src/engine/models/qwen2-5-vl/config.ts';
import { BENCH } from '../../support/public-fixture.ts';

const nested = JSON.parse(readFileSync(join(BENCH, 'config.json'), 'utf8'));
const config = parseModelConfig(nested);

/** As published checkpoints are: text keys at the top, other names for rope and channels. */
function flat(): Record<string, unknown> {
  const { text_config, vision_config, ...top } = nested;
  const { rope_parameters, model_type: _, ...text } = text_config;
  const { in_channels, rope_parameters: __, ...vision } = vision_config;
  return {
    ...text,
    ...top,
    rope_theta: rope_parameters.rope_theta,
    rope_scaling: { type: 'mrope', mrope_section: rope_parameters.mrope_section },
    vision_config: { ...vision, in_chans: in_channels, spatial_patch_size: 8 },
  };
}

describe('parseModelConfig', () => {
  it('reads the nested layout', () => {
    expect(config.text).toMatchObject({ hiddenSize: 192, headSize: 32, mropeSection: [4, 6, 6] });
    expect(config.vision).toMatchObject({ headSize: 32, windowSize: 32, fullattBlockIndexes: [3] });
    expect(config).toMatchObject({ tieWordEmbeddings: true, imageTokenId: 1022 });
  });

  it('reads the flat layout to the same configuration', () => {
    expect(parseModelConfig(flat())).toEqual(config);
  });

  it('reads what it writes', () => {
    expect(parseModelConfig(toHuggingFaceConfig(config, 'float32'))).toEqual(config);
  });

  it('takes tie_word_embeddings from the text part too, and defaults to untied', () => {
    const { tie_word_embeddings: _, ...untied } = nested;
    expect(parseModelConfig(untied).tieWordEmbeddings).toBe(false);
    const inner = { ...untied, text_config: { ...nested.text_config, tie_word_embeddings: true } };
    expect(parseModelConfig(inner).tieWordEmbeddings).toBe(true);
  });

  it.each([
    [{ model_type: 'llama' }, {}, {}, 'model/unsupported'],
    [{}, { hidden_act: 'gelu' }, {}, 'model/unsupported'],
    [{}, { rope_parameters: { rope_type: 'yarn', factor: 4 } }, {}, 'model/unsupported'],
    [{}, { layer_types: ['sliding_attention'] }, {}, 'model/unsupported'],
    [
      {},
      { rope_parameters: { rope_type: 'default', mrope_section: [4, 6, 7] } },
      {},
      'config/invalid',
    ],
    [{}, { rope_parameters: { rope_type: 'default' } }, {}, 'config/invalid'],
    [{}, { num_key_value_heads: 4 }, {}, 'config/invalid'],
    [{}, { num_attention_heads: 7 }, {}, 'config/invalid'],
    [{}, { vocab_size: 1e300 }, {}, 'config/invalid'],
    [{}, { vocab_size: 1000 }, {}, 'config/invalid'],
    [{}, { num_hidden_layers: 0 }, {}, 'config/invalid'],
    [{}, {}, { num_heads: 64 }, 'config/invalid'],
    [{}, {}, { window_size: 15 }, 'config/invalid'],
    [{}, {}, { out_hidden_size: 128 }, 'config/invalid'],
    [{}, {}, { in_channels: 1 }, 'model/unsupported'],
    [{ vision_config: null }, {}, {}, 'config/invalid'],
  ])('refuses case %#', (top, text, vision, code) => {
    const json = {
      ...nested,
      text_config: { ...nested.text_config, ...text },
      vision_config: { ...nested.vision_config, ...vision },
      ...top,
    };
    expect(() => parseModelConfig(json)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses what is no object', () => {
    for (const json of [null, 3, [], 'x', {}]) {
      expect(() => parseModelConfig(json)).toThrow(/expected model_type/);
    }
  });
});
