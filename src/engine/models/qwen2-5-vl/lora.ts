/**
 * Where LoRA factors may sit in a decoder layer: the seven projections of the published model and
 * the rows they occupy in our packed weights. One table for graphs, adapter files and memory counts.
 */
import type { ModelConfig } from './config.ts';

export const LORA_TARGETS = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const;

export type LoraTarget = (typeof LORA_TARGETS)[number];

/** One projection: `count` output rows from `start` inside the packed weight, reading `inputs` features. */
export interface LoraPart {
  readonly target: LoraTarget;
  readonly packed: 'qkv' | 'o' | 'gate_up' | 'down';
  readonly start: number;
  readonly count: number;
  readonly inputs: number;
}

export function loraTargets(config: ModelConfig): readonly LoraPart[] {
  const { hiddenSize: d, numAttentionHeads: heads, numKeyValueHeads: kvHeads } = config.text;
  const e = d / heads;
  const inner = config.text.intermediateSize;
  const kv = kvHeads * e;
  return [
    { target: 'q_proj', packed: 'qkv', start: 0, count: heads * e, inputs: d },
    { target: 'k_proj', packed: 'qkv', start: heads * e, count: kv, inputs: d },
    { target: 'v_proj', packed: 'qkv', start: heads * e + kv, count: kv, inputs: d },
    { target: 'o_proj', packed: 'o', start: 0, count: d, inputs: heads * e },
    { target: 'gate_proj', packed: 'gate_up', start: 0, count: inner, inputs: d },
    { target: 'up_proj', packed: 'gate_up', start: inner, count: inner, inputs: d },
    { target: 'down_proj', packed: 'down', start: 0, count: d, inputs: inner },
  ];
}
