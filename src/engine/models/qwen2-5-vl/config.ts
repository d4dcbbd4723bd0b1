/**
 * config.json of Qwen2.5-VL in, one flat and checked {@link ModelConfig} out, and back. Two layouts
 * occur and both are read: nested `text_config` (as transformers 5 saves) and flat (as published
 * checkpoints are). What the engine does not compute is refused here, by name.
 */
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';

/** The decoder. Names are Hugging Face's; `headSize` E = hiddenSize / numAttentionHeads. */
export interface TextConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headSize: number;
  readonly vocabSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  /** Frequencies that follow the t, h and w position; they sum to headSize / 2. */
  readonly mropeSection: readonly [number, number, number];
  readonly maxPositionEmbeddings: number;
  readonly bosTokenId: number | undefined;
  readonly padTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
}

/** The vision tower. Its RMSNorm eps and rope theta are fixed: {@link VISION_NORM_EPS}, {@link VISION_ROPE_THETA}. */
export interface VisionConfig {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly numHeads: number;
  readonly headSize: number;
  readonly intermediateSize: number;
  readonly patchSize: number;
  readonly spatialMergeSize: number;
  readonly temporalPatchSize: number;
  readonly inChannels: number;
  /** Side of an attention window in pixels. */
  readonly windowSize: number;
  readonly fullattBlockIndexes: readonly number[];
  readonly outHiddenSize: number;
  readonly tokensPerSecond: number;
}

export interface ModelConfig {
  readonly text: TextConfig;
  readonly vision: VisionConfig;
  readonly imageTokenId: number;
  readonly videoTokenId: number;
  readonly visionStartTokenId: number;
  readonly visionEndTokenId: number;
  /** The output matrix is the embedding. */
  readonly tieWordEmbeddings: boolean;
}

export const VISION_NORM_EPS = 1e-6;
export const VISION_ROPE_THETA = 10000;

/** Far above the 72B checkpoint; keeps hostile numbers from reaching an allocation. */
const MAX_SIZE = 2 ** 20;
const size = z.number().int().min(1).max(MAX_SIZE);
const depth = z.number().int().min(1).max(1024);
const tokenId = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const ropeSchema = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().max(1e12).optional(),
  mrope_section: z.tuple([size, size, size]).optional(),
});

const textSchema = z.looseObject({
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: depth,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  vocab_size: size,
  rms_norm_eps: z.number().positive().max(1).default(1e-5),
  hidden_act: z.string().default('silu'),
  max_position_embeddings: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(32768),
  rope_theta: z.number().positive().max(1e12).optional(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  use_sliding_window: z.boolean().nullish(),
  layer_types: z.array(z.string()).max(1024).nullish(),
  bos_token_id: tokenId.nullish(),
  pad_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId).max(64)]).nullish(),
  tie_word_embeddings: z.boolean().nullish(),
});

const visionSchema = z.looseObject({
  depth,
  hidden_size: size,
  num_heads: size,
  intermediate_size: size,
  patch_size: z.number().int().min(1).max(1024),
  spatial_merge_size: z.number().int().min(1).max(16).default(2),
  temporal_patch_size: z.number().int().min(1).max(16).default(2),
  in_channels: size.optional(),
  in_chans: size.optional(),
  window_size: size.default(112),
  fullatt_block_indexes: z
    .array(z.number().int().min(0).max(1023))
    .max(1024)
    .default([7, 15, 23, 31]),
  out_hidden_size: size,
  tokens_per_second: z.number().positive().max(1000).default(4),
  hidden_act: z.string().default('silu'),
});

const topSchema = z.looseObject({
  model_type: z.string(),
  text_config: z.looseObject({}).nullish(),
  vision_config: visionSchema,
  image_token_id: tokenId.default(151655),
  video_token_id: tokenId.default(151656),
  vision_start_token_id: tokenId.default(151652),
  vision_end_token_id: tokenId.default(151653),
  tie_word_embeddings: z.boolean().nullish(),
});

/**
 * @param json parsed config.json, either layout.
 * @param source named in errors.
 * @throws LabError `config/invalid` (shape, contradictions), `model/unsupported` (another architecture or option).
 */
export function parseModelConfig(json: unknown, source = 'config.json'): ModelConfig {
  const type = z.looseObject({ model_type: z.unknown() }).safeParse(json).data?.model_type;
  if (type !== 'qwen2_5_vl') {
    throw new LabError(
      'model/unsupported',
      `[config] ${source}: expected model_type "qwen2_5_vl", got ${JSON.stringify(type)?.slice(0, 80)}`,
      { hint: 'The engine runs the Qwen2.5-VL family only.' },
    );
  }
  const top = parsed(topSchema, json, source);
  // Flat layout: the text keys stand at the top level.
  const text = parsed(textSchema, top.text_config ?? json, source);
  const config: ModelConfig = {
    text: textOf(text, source),
    vision: visionOf(top.vision_config, source),
    imageTokenId: top.image_token_id,
    videoTokenId: top.video_token_id,
    visionStartTokenId: top.vision_start_token_id,
    visionEndTokenId: top.vision_end_token_id,
    tieWordEmbeddings: (top.tie_word_embeddings ?? false) || (text.tie_word_embeddings ?? false),
  };
  check(
    config.vision.outHiddenSize === config.text.hiddenSize,
    source,
    `vision out_hidden_size ${config.vision.outHiddenSize} must equal text hidden_size ${config.text.hiddenSize}`,
  );
  for (const [key, id] of [
    ['image_token_id', config.imageTokenId],
    ['video_token_id', config.videoTokenId],
    ['vision_start_token_id', config.visionStartTokenId],
    ['vision_end_token_id', config.visionEndTokenId],
    ['pad_token_id', config.text.padTokenId ?? 0],
  ] as const) {
    check(
      id < config.text.vocabSize,
      source,
      `${key} ${id} lies outside the vocabulary of ${config.text.vocabSize}`,
    );
  }
  return config;
}

/** config.json in the nested layout, as transformers 5 saves it. */
export function toHuggingFaceConfig(
  config: ModelConfig,
  dtype: 'float32' | 'float16' | 'bfloat16',
): Record<string, unknown> {
  const { text, vision } = config;
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    dtype,
    image_token_id: config.imageTokenId,
    video_token_id: config.videoTokenId,
    vision_start_token_id: config.visionStartTokenId,
    vision_end_token_id: config.visionEndTokenId,
    tie_word_embeddings: config.tieWordEmbeddings,
    text_config: {
      model_type: 'qwen2_5_vl_text',
      hidden_size: text.hiddenSize,
      intermediate_size: text.intermediateSize,
      num_hidden_layers: text.numHiddenLayers,
      num_attention_heads: text.numAttentionHeads,
      num_key_value_heads: text.numKeyValueHeads,
      vocab_size: text.vocabSize,
      rms_norm_eps: text.rmsNormEps,
      hidden_act: 'silu',
      max_position_embeddings: text.maxPositionEmbeddings,
      rope_parameters: {
        rope_type: 'default',
        rope_theta: text.ropeTheta,
        mrope_section: text.mropeSection,
      },
      use_sliding_window: false,
      bos_token_id: text.bosTokenId ?? null,
      pad_token_id: text.padTokenId ?? null,
      eos_token_id: text.eosTokenIds.length === 1 ? text.eosTokenIds[0] : text.eosTokenIds,
    },
    vision_config: {
      model_type: 'qwen2_5_vl_vision',
      depth: vision.depth,
      hidden_size: vision.hiddenSize,
      num_heads: vision.numHeads,
      intermediate_size: vision.intermediateSize,
      patch_size: vision.patchSize,
      spatial_merge_size: vision.spatialMergeSize,
      temporal_patch_size: vision.temporalPatchSize,
      in_channels: vision.inChannels,
      window_size: vision.windowSize,
      fullatt_block_indexes: vision.fullattBlockIndexes,
      out_hidden_size: vision.outHiddenSize,
      tokens_per_second: vision.tokensPerSecond,
      hidden_act: 'silu',
    },
  };
}

function textOf(raw: z.infer<typeof textSchema>, source: string): TextConfig {
  const rope = { ...raw.rope_parameters, ...raw.rope_scaling };
  const ropeType = rope.rope_type ?? rope.type ?? 'default';
  // Published checkpoints say "mrope" for what transformers 5 calls "default" with sections.
  supported(ropeType === 'default' || ropeType === 'mrope', source, `rope type "${ropeType}"`);
  supported(raw.hidden_act === 'silu', source, `text hidden_act "${raw.hidden_act}"`);
  const sliding = raw.layer_types
    ? raw.layer_types.some((type) => type !== 'full_attention')
    : raw.use_sliding_window;
  supported(!sliding, source, 'sliding-window attention');
  const heads = raw.num_attention_heads;
  const kvHeads = raw.num_key_value_heads ?? heads;
  check(
    raw.hidden_size % heads === 0,
    source,
    `hidden_size ${raw.hidden_size} must divide by num_attention_heads ${heads}`,
  );
  check(
    heads % kvHeads === 0,
    source,
    `num_attention_heads ${heads} must divide by num_key_value_heads ${kvHeads}`,
  );
  const headSize = raw.hidden_size / heads;
  const mropeSection = rope.mrope_section ?? [16, 24, 24];
  const sum = mropeSection[0] + mropeSection[1] + mropeSection[2];
  check(
    headSize % 2 === 0 && sum === headSize / 2,
    source,
    `mrope_section [${mropeSection.join(', ')}] must sum to half the head size ${headSize}`,
  );
  const eos = raw.eos_token_id ?? [];
  return {
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    numHiddenLayers: raw.num_hidden_layers,
    numAttentionHeads: heads,
    numKeyValueHeads: kvHeads,
    headSize,
    vocabSize: raw.vocab_size,
    rmsNormEps: raw.rms_norm_eps,
    ropeTheta: rope.rope_theta ?? raw.rope_theta ?? 1e6,
    mropeSection,
    maxPositionEmbeddings: raw.max_position_embeddings,
    bosTokenId: raw.bos_token_id ?? undefined,
    padTokenId: raw.pad_token_id ?? undefined,
    eosTokenIds: typeof eos === 'number' ? [eos] : eos,
  };
}

function visionOf(raw: z.infer<typeof visionSchema>, source: string): VisionConfig {
  supported(raw.hidden_act === 'silu', source, `vision hidden_act "${raw.hidden_act}"`);
  const channels = raw.in_channels ?? raw.in_chans ?? 3;
  supported(channels === 3, source, `${channels} image channels`);
  check(
    raw.hidden_size % raw.num_heads === 0 && (raw.hidden_size / raw.num_heads) % 4 === 0,
    source,
    `vision hidden_size ${raw.hidden_size} over num_heads ${raw.num_heads} must be a multiple of 4`,
  );
  check(
    Math.floor(Math.floor(raw.window_size / raw.spatial_merge_size) / raw.patch_size) >= 1,
    source,
    `window_size ${raw.window_size} is smaller than one merged token (${raw.spatial_merge_size * raw.patch_size})`,
  );
  return {
    depth: raw.depth,
    hiddenSize: raw.hidden_size,
    numHeads: raw.num_heads,
    headSize: raw.hidden_size / raw.num_heads,
    intermediateSize: raw.intermediate_size,
    patchSize: raw.patch_size,
    spatialMergeSize: raw.spatial_merge_size,
    temporalPatchSize: raw.temporal_patch_size,
    inChannels: channels,
    windowSize: raw.window_size,
    fullattBlockIndexes: raw.fullatt_block_indexes,
    outHiddenSize: raw.out_hidden_size,
    tokensPerSecond: raw.tokens_per_second,
  };
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, source: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new LabError('config/invalid', `[config] ${source}: ${z.prettifyError(result.error)}`);
}

function check(holds: boolean, source: string, rule: string): void {
  if (!holds) throw new LabError('config/invalid', `[config] ${source}: ${rule}`);
}

function supported(holds: boolean | null | undefined, source: string, what: string): void {
  if (!holds)
    throw new LabError('model/unsupported', `[config] ${source}: ${what} is not supported`);
}
