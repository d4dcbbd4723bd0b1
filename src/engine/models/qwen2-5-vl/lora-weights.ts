/**
 * LoRA factors between adapter files (by module) and the policy's parameters
 * (`layers.N.<target>.lora_a|b`): fresh ones, loaded ones, saved ones.
 */
import { LabError } from '../../../shared/errors.ts';
import type { F32Tensor } from '../../files/tensor-data.ts';
import { Rng } from '../../rng.ts';
import type { LoraShape } from './blocks.ts';
import type { ModelConfig } from './config.ts';
import { LORA_TARGETS, type LoraTarget, loraTargets } from './lora.ts';
import { type LoraFactors, readAdapter, writeAdapter } from './lora-files.ts';
import { toPeftKey } from './names.ts';

const MODULE = /^model\.layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)$/;

export interface LoadedAdapter {
  readonly shape: LoraShape;
  /** By parameter name. */
  readonly weights: ReadonlyMap<string, F32Tensor>;
}

/**
 * @throws LabError `model/unsupported` for an adapter that treats layers differently or reaches into
 * the vision tower: the engine's layers share one graph
 */
export function loadAdapter(config: ModelConfig, folder: string): LoadedAdapter {
  const { factors } = readAdapter(folder, config);
  const weights = new Map<string, F32Tensor>();
  const shapes = new Set<string>();
  const targets = new Set<LoraTarget>();
  for (const [module, { a, b, scaling }] of factors) {
    const [, layer, name] = MODULE.exec(module) ?? [];
    const target = LORA_TARGETS.find((known) => known === name);
    if (layer === undefined || target === undefined) {
      throw unsupported(folder, `factors on ${module}; expected projections of the language model`);
    }
    targets.add(target);
    shapes.add(`${a.shape[0]} ${scaling}`);
    weights.set(`layers.${layer}.${target}.lora_a`, a);
    weights.set(`layers.${layer}.${target}.lora_b`, b);
  }
  const [first] = factors.values();
  const complete = factors.size === targets.size * config.text.numHiddenLayers;
  if (first === undefined || shapes.size !== 1 || !complete) {
    throw unsupported(folder, 'ranks, scalings or targets that differ between layers');
  }
  const shape = { rank: first.a.shape[0] ?? 0, scaling: first.scaling, targets: [...targets] };
  return { shape, weights };
}

/** PEFT's own start (kaiming-uniform A, zero B): the adapter changes nothing before training. */
export function freshFactors(
  config: ModelConfig,
  shape: LoraShape,
  seed: number,
): Map<string, F32Tensor> {
  const weights = new Map<string, F32Tensor>();
  const stream = Rng.from(seed).fork('lora');
  for (let layer = 0; layer < config.text.numHiddenLayers; layer++) {
    for (const part of loraTargets(config)) {
      if (!shape.targets.includes(part.target)) continue;
      const name = `layers.${layer}.${part.target}`;
      const rng = stream.fork(name);
      // torch.nn.init.kaiming_uniform_(a = sqrt 5): bound = 1 / sqrt(inputs).
      const bound = 1 / Math.sqrt(part.inputs);
      const a = Float32Array.from({ length: shape.rank * part.inputs }, () =>
        rng.float(-bound, bound),
      );
      weights.set(`${name}.lora_a`, { shape: [shape.rank, part.inputs], data: a });
      weights.set(`${name}.lora_b`, {
        shape: [part.count, shape.rank],
        data: new Float32Array(part.count * shape.rank),
      });
    }
  }
  return weights;
}

/** The PEFT key of a factor: `layers.0.q_proj.lora_a` -> `base_model.model...q_proj.lora_A.weight`. */
export function peftName(parameter: string): string {
  const { module, factor } = split(parameter);
  return toPeftKey(module, factor === 'lora_a' ? 'lora_A' : 'lora_B');
}

export interface AdapterToSave {
  readonly config: ModelConfig;
  readonly shape: LoraShape;
  /** By parameter name. */
  readonly factors: ReadonlyMap<string, F32Tensor>;
  /** Folder or hub name of the base model. */
  readonly base: string;
}

/** Writes a PEFT adapter folder. @throws LabError `file/write-failed` */
export async function saveAdapter(folder: string, adapter: AdapterToSave): Promise<void> {
  const { config, shape } = adapter;
  const factors = new Map<string, Omit<LoraFactors, 'scaling'>>();
  for (const [name, a] of adapter.factors) {
    if (!name.endsWith('.lora_a')) continue;
    const b = adapter.factors.get(name.replace(/lora_a$/, 'lora_b'));
    if (b === undefined) throw new LabError('internal', `no second factor for ${name}`);
    factors.set(split(name).module, { a, b });
  }
  const settings = {
    rank: shape.rank,
    alpha: shape.scaling * shape.rank,
    dropout: 0,
    useRslora: false,
    targetModules: `.*language_model.*\\.(${shape.targets.join('|')})`,
    baseModel: adapter.base,
  };
  await writeAdapter(folder, config, { settings, factors }, { overwrite: true });
}

function split(parameter: string) {
  const [, layer, target, factor] = /^layers\.(\d+)\.(\w+)\.(lora_[ab])$/.exec(parameter) ?? [];
  if (layer === undefined || target === undefined || factor === undefined) {
    throw new LabError('internal', `${parameter} is not a LoRA factor`);
  }
  const room =
    target.startsWith('gate') || target.startsWith('up') || target.startsWith('down')
      ? 'mlp'
      : 'self_attn';
  return { module: `model.layers.${layer}.${room}.${target}`, factor };
}

function unsupported(folder: string, what: string): LabError {
  return new LabError('model/unsupported', `[adapter] ${folder} has ${what}`, {
    hint: 'merge it into the base model first, or train a new adapter',
  });
}
