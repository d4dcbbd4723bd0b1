/**
 * One weight, four names: on disk (`model.layers.0...`), in the memory of transformers 5
 * (`model.language_model.layers.0...`), in PEFT adapters (`base_model.model.` before the latter), and
 * the engine's packed tensors, of which the disk tensors are row ranges. {@link layoutOf} is the only
 * place that knows which rows.
 */
import { sizeOf } from '../../files/tensor-data.ts';
import type { ModelConfig } from './config.ts';

/** Rows `start .. start + count` of a packed tensor are the disk tensor `disk`. */
export interface PackedRows {
  readonly disk: string;
  readonly start: number;
  readonly count: number;
  /** Shape on disk; as many elements as count rows of the packed tensor. */
  readonly shape: readonly number[];
}

export interface PackedLayout {
  readonly packed: string;
  readonly shape: readonly number[];
  readonly rows: readonly PackedRows[];
}

/**
 * Every weight of the model: packed name and shape, and the disk tensors it is made of, in row order.
 * `lm_head` is listed only when untied.
 */
export function layoutOf(config: ModelConfig): readonly PackedLayout[] {
  const { text, vision } = config;
  const D = text.hiddenSize;
  const [queries, keys] = [
    text.numAttentionHeads * text.headSize,
    text.numKeyValueHeads * text.headSize,
  ];
  const out: PackedLayout[] = [];
  /** Appends one packed tensor; every part is [name, rows]. */
  const add = (
    packed: string,
    columns: readonly number[],
    parts: readonly (readonly [string, number])[],
  ) => {
    let start = 0;
    const rows = parts.map(([disk, count]) => {
      const part = { disk, start, count, shape: [count, ...columns] };
      start += count;
      return part;
    });
    out.push({ packed, shape: [start, ...columns], rows });
  };
  add('embed', [D], [['model.embed_tokens.weight', text.vocabSize]]);
  for (let n = 0; n < text.numHiddenLayers; n++) {
    const [to, from] = [`layers.${n}`, `model.layers.${n}`];
    const qkv = [
      ['q', queries],
      ['k', keys],
      ['v', keys],
    ] as const;
    add(`${to}.input_norm`, [], [[`${from}.input_layernorm.weight`, D]]);
    add(
      `${to}.qkv`,
      [D],
      qkv.map(([p, rows]) => [`${from}.self_attn.${p}_proj.weight`, rows] as const),
    );
    add(
      `${to}.qkv_bias`,
      [],
      qkv.map(([p, rows]) => [`${from}.self_attn.${p}_proj.bias`, rows] as const),
    );
    add(`${to}.o`, [queries], [[`${from}.self_attn.o_proj.weight`, D]]);
    add(`${to}.post_norm`, [], [[`${from}.post_attention_layernorm.weight`, D]]);
    add(
      `${to}.gate_up`,
      [D],
      [
        [`${from}.mlp.gate_proj.weight`, text.intermediateSize],
        [`${from}.mlp.up_proj.weight`, text.intermediateSize],
      ],
    );
    add(`${to}.down`, [text.intermediateSize], [[`${from}.mlp.down_proj.weight`, D]]);
  }
  add('norm', [], [['model.norm.weight', D]]);
  if (!config.tieWordEmbeddings) add('lm_head', [D], [['lm_head.weight', text.vocabSize]]);

  const Dv = vision.hiddenSize;
  const patch = [vision.inChannels, vision.temporalPatchSize, vision.patchSize, vision.patchSize];
  out.push({
    packed: 'visual.patch_embed',
    shape: [Dv, sizeOf(patch)],
    rows: [{ disk: 'visual.patch_embed.proj.weight', start: 0, count: Dv, shape: [Dv, ...patch] }],
  });
  for (let n = 0; n < vision.depth; n++) {
    const block = `visual.blocks.${n}`;
    const linear = (name: string, disk: string, rows: number, columns: number) => {
      add(`${block}.${name}`, [columns], [[`${block}.${disk}.weight`, rows]]);
      add(`${block}.${name}_bias`, [], [[`${block}.${disk}.bias`, rows]]);
    };
    add(`${block}.norm1`, [], [[`${block}.norm1.weight`, Dv]]);
    linear('qkv', 'attn.qkv', 3 * Dv, Dv);
    linear('proj', 'attn.proj', Dv, Dv);
    add(`${block}.norm2`, [], [[`${block}.norm2.weight`, Dv]]);
    for (const kind of ['weight', 'bias'] as const) {
      add(`${block}.gate_up${kind === 'bias' ? '_bias' : ''}`, kind === 'bias' ? [] : [Dv], [
        [`${block}.mlp.gate_proj.${kind}`, vision.intermediateSize],
        [`${block}.mlp.up_proj.${kind}`, vision.intermediateSize],
      ]);
    }
    linear('down', 'mlp.down_proj', Dv, vision.intermediateSize);
  }
  const merged = Dv * vision.spatialMergeSize ** 2;
  add('visual.merger.ln_q', [], [['visual.merger.ln_q.weight', Dv]]);
  add('visual.merger.fc1', [merged], [['visual.merger.mlp.0.weight', merged]]);
  add('visual.merger.fc1_bias', [], [['visual.merger.mlp.0.bias', merged]]);
  add('visual.merger.fc2', [merged], [['visual.merger.mlp.2.weight', vision.outHiddenSize]]);
  add('visual.merger.fc2_bias', [], [['visual.merger.mlp.2.bias', vision.outHiddenSize]]);
  return out;
}

/** Disk name of a parameter or module given by its disk or in-memory name. */
export function toDiskName(name: string): string {
  if (name.startsWith('model.language_model.')) return `model.${name.slice(21)}`;
  if (name.startsWith('model.visual.')) return name.slice(6);
  return name;
}

/** In-memory name (transformers 5) of a parameter or module given by its disk name. */
export function toMemoryName(disk: string): string {
  if (disk.startsWith('visual.')) return `model.${disk}`;
  if (disk.startsWith('model.')) return `model.language_model.${disk.slice(6)}`;
  return disk;
}

/** Prefix that PEFT puts before in-memory names. */
export const PEFT_PREFIX = 'base_model.model.';

/** PEFT key of one LoRA factor of a module given by its disk name (`model.layers.0.self_attn.q_proj`). */
export function toPeftKey(diskModule: string, factor: 'lora_A' | 'lora_B'): string {
  return `${PEFT_PREFIX}${toMemoryName(diskModule)}.${factor}.weight`;
}
