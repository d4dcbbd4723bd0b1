/**
 * PEFT LoRA adapters: adapter_config.json and adapter_model.safetensors in, settings and factors by
 * disk module name out; and back, so that `peft` loads what the engine trained. A module's weight is
 * W + scaling * B A with A [r, in] and B [out, r].
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { writeFolderAtomic } from '../../files/atomic.ts';
import { checkFolder, fileInFolder } from '../../files/folder.ts';
import { readJsonFile } from '../../files/json-file.ts';
import { checkSafePattern } from '../../files/safe-pattern.ts';
import { openSafetensors, writeSafetensors } from '../../files/safetensors.ts';
import { type F32Tensor, fromF32, type HostTensor, toF32 } from '../../files/tensor-data.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf, PEFT_PREFIX, toDiskName, toMemoryName, toPeftKey } from './names.ts';

export interface LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** scaling = alpha / sqrt(r) instead of alpha / r. */
  readonly useRslora: boolean;
  /** Name endings, or one regular expression over the whole in-memory module name, or "all-linear". */
  readonly targetModules: readonly string[] | string;
  readonly baseModel: string | undefined;
}

export interface LoraFactors {
  /** [r, in] f32. */
  readonly a: F32Tensor;
  /** [out, r] f32. */
  readonly b: F32Tensor;
  readonly scaling: number;
}

export interface LoraAdapter {
  readonly settings: LoraSettings;
  /** By disk module name (`model.layers.0.self_attn.q_proj`). */
  readonly factors: ReadonlyMap<string, LoraFactors>;
}

export const ADAPTER_CONFIG = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

const number = z
  .number()
  .positive()
  .max(2 ** 20);
const rank = z.number().int().min(1).max(65536);
const modules = z.union([z.string().max(1000), z.array(z.string().max(200)).max(4096)]);
const configSchema = z.looseObject({
  peft_type: z.string(),
  r: rank,
  lora_alpha: number,
  lora_dropout: z.number().min(0).max(1).default(0),
  use_rslora: z.boolean().nullish(),
  target_modules: modules.nullish(),
  exclude_modules: modules.nullish(),
  layers_to_transform: z.union([z.number().int(), z.array(z.number().int()).max(4096)]).nullish(),
  rank_pattern: z.record(z.string(), rank).nullish(),
  alpha_pattern: z.record(z.string(), number).nullish(),
  base_model_name_or_path: z.string().nullish(),
});

/** Options that change the arithmetic; each must be off. */
const UNSUPPORTED = [
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'lora_bias',
  'fan_in_fan_out',
  'modules_to_save',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
];

/** Disk module name -> [out, in] of every matrix that LoRA can adapt (all linear layers but lm_head). */
export function linearModules(config: ModelConfig): ReadonlyMap<string, readonly [number, number]> {
  const out = new Map<string, readonly [number, number]>();
  for (const { rows } of layoutOf(config)) {
    for (const { disk, shape } of rows) {
      const [outputs, inputs] = shape;
      if (shape.length !== 2 || outputs === undefined || inputs === undefined) continue;
      if (disk === 'model.embed_tokens.weight' || disk === 'lm_head.weight') continue;
      out.set(disk.slice(0, -'.weight'.length), [outputs, inputs]);
    }
  }
  return out;
}

/**
 * Disk names of the modules that PEFT would adapt.
 * @param targets name endings, a regular expression for the whole in-memory name, or "all-linear".
 * @throws LabError `file/unsafe` or `config/invalid` for a pattern that is not taken.
 */
export function matchModules(
  config: ModelConfig,
  targets: readonly string[] | string,
  exclude: readonly string[] | string = [],
): readonly string[] {
  const isTarget = matcher(targets, 'target_modules');
  const isExcluded = exclude.length > 0 ? matcher(exclude, 'exclude_modules') : () => false;
  return [...linearModules(config).keys()].filter((disk) => {
    const name = toMemoryName(disk);
    return isTarget(name) && !isExcluded(name);
  });
}

/**
 * Reads an adapter folder and checks it against the model.
 * @throws LabError `config/invalid`, `model/unsupported`, `safetensors/*`, `file/*`.
 */
export function readAdapter(folder: string, config: ModelConfig): LoraAdapter {
  checkFolder(folder);
  const path = fileInFolder(folder, ADAPTER_CONFIG);
  const parsed = configSchema.safeParse(readJsonFile(path, { maxBytes: 2 ** 20 }));
  if (!parsed.success) {
    throw new LabError('config/invalid', `[adapter] ${path}: ${z.prettifyError(parsed.error)}`);
  }
  const raw = parsed.data;
  if (raw.peft_type !== 'LORA') unsupported(path, `peft_type "${raw.peft_type}"`);
  if ((raw['bias'] ?? 'none') !== 'none') unsupported(path, `bias ${JSON.stringify(raw['bias'])}`);
  for (const option of UNSUPPORTED) {
    const value = raw[option];
    const isOff = !value || (Array.isArray(value) && value.length === 0);
    if (!isOff) unsupported(path, option);
  }
  const settings: LoraSettings = {
    rank: raw.r,
    alpha: raw.lora_alpha,
    dropout: raw.lora_dropout,
    useRslora: raw.use_rslora ?? false,
    targetModules: raw.target_modules ?? [],
    baseModel: raw.base_model_name_or_path ?? undefined,
  };
  const only = raw.layers_to_transform;
  const wanted = matchModules(config, settings.targetModules, raw.exclude_modules ?? []).filter(
    (name) => {
      const layer = Number(/\.(?:layers|blocks)\.(\d+)\./.exec(name)?.[1] ?? -1);
      return only == null || (typeof only === 'number' ? only === layer : only.includes(layer));
    },
  );
  const ranks = patternTable(raw.rank_pattern ?? {}, 'rank_pattern');
  const alphas = patternTable(raw.alpha_pattern ?? {}, 'alpha_pattern');
  const pairs = pairsOf(openSafetensors(fileInFolder(folder, ADAPTER_WEIGHTS)).tensors, folder);
  checkPairs(config, pairs, wanted, folder);
  const factors = new Map<string, LoraFactors>();
  for (const [name, { a, b }] of pairs) {
    const memory = toMemoryName(name);
    const r = ranks(memory) ?? settings.rank;
    if (a.shape[0] !== r) {
      throw new LabError(
        'safetensors/mismatch',
        `[adapter] ${folder}: ${name} has rank ${a.shape[0]}, ${ADAPTER_CONFIG} says ${r}`,
      );
    }
    const alpha = alphas(memory) ?? settings.alpha;
    factors.set(name, {
      a: { shape: a.shape, data: toF32(a, name) },
      b: { shape: b.shape, data: toF32(b, name) },
      scaling: alpha / (settings.useRslora ? Math.sqrt(r) : r),
    });
  }
  return { settings, factors };
}

/**
 * Writes an adapter folder that `peft` loads.
 * @param adapter factors all of rank `settings.rank`.
 * @throws LabError `safetensors/mismatch`, `file/write-failed`.
 */
export async function writeAdapter(
  folder: string,
  config: ModelConfig,
  adapter: {
    readonly settings: LoraSettings;
    readonly factors: ReadonlyMap<string, Omit<LoraFactors, 'scaling'>>;
  },
  options: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const { settings, factors } = adapter;
  const tensors = new Map<string, HostTensor>();
  const pairs = new Map<string, Pair>();
  for (const [name, { a, b }] of factors) {
    const pair = { a: fromF32(a.shape, a.data), b: fromF32(b.shape, b.data) };
    pairs.set(name, pair);
    tensors.set(toPeftKey(name, 'lora_A'), pair.a);
    tensors.set(toPeftKey(name, 'lora_B'), pair.b);
  }
  checkPairs(config, pairs, matchModules(config, settings.targetModules), folder);
  const json = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: settings.baseModel ?? null,
    r: settings.rank,
    lora_alpha: settings.alpha,
    lora_dropout: settings.dropout,
    use_rslora: settings.useRslora,
    target_modules: settings.targetModules,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    use_dora: false,
  };
  await writeFolderAtomic(
    folder,
    async (temporary) => {
      writeFileSync(join(temporary, ADAPTER_CONFIG), `${JSON.stringify(json, null, 2)}\n`);
      await writeSafetensors(join(temporary, ADAPTER_WEIGHTS), tensors);
    },
    options,
  );
}

interface Pair {
  readonly a: HostTensor;
  readonly b: HostTensor;
}

function pairsOf(tensors: ReadonlyMap<string, HostTensor>, folder: string): Map<string, Pair> {
  const halves = new Map<string, { A?: HostTensor; B?: HostTensor }>();
  for (const [key, tensor] of tensors) {
    // `.default` stands in keys that were saved past PEFT's own save function.
    const match = /^(.*)\.lora_([AB])(?:\.default)?\.weight$/.exec(key);
    const module = match?.[1];
    if (!match || module === undefined) {
      throw new LabError('safetensors/mismatch', `[adapter] ${folder}: ${key} is no LoRA factor`);
    }
    const name = toDiskName(
      module.startsWith(PEFT_PREFIX) ? module.slice(PEFT_PREFIX.length) : module,
    );
    halves.set(name, { ...halves.get(name), [match[2] === 'A' ? 'A' : 'B']: tensor });
  }
  const out = new Map<string, Pair>();
  for (const [name, { A, B }] of halves) {
    if (!A || !B) {
      throw new LabError(
        'safetensors/mismatch',
        `[adapter] ${folder}: ${name} has lora_${A ? 'A' : 'B'} only`,
      );
    }
    out.set(name, { a: A, b: B });
  }
  return out;
}

/** Every pair belongs to a module and fits it; every wanted module has a pair. */
function checkPairs(
  config: ModelConfig,
  pairs: ReadonlyMap<string, Pair>,
  wanted: readonly string[],
  folder: string,
): void {
  const known = linearModules(config);
  const problems: string[] = [];
  for (const [name, { a, b }] of pairs) {
    const shape = known.get(name);
    const [r] = a.shape;
    if (!shape) problems.push(`${name} is no module of this model`);
    else if (a.shape.join() !== `${r},${shape[1]}` || b.shape.join() !== `${shape[0]},${r}`) {
      problems.push(
        `${name}: expected A [r, ${shape[1]}] and B [${shape[0]}, r], got [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`,
      );
    }
  }
  for (const name of wanted) {
    if (!pairs.has(name)) problems.push(`${name} is targeted and has no factors`);
  }
  if (problems.length === 0) return;
  const shown = problems.slice(0, 6).join('; ');
  throw new LabError(
    'safetensors/mismatch',
    `[adapter] ${folder}: ${shown}${problems.length > 6 ? ` and ${problems.length - 6} more` : ''}`,
    { details: { problems } },
  );
}

function matcher(targets: readonly string[] | string, key: string): (name: string) => boolean {
  if (targets === 'all-linear') return () => true;
  if (typeof targets === 'string') {
    const pattern = compiled(`^(?:${targets})$`, key);
    return (name) => pattern.test(name);
  }
  return (name) => targets.some((end) => name === end || name.endsWith(`.${end}`));
}

/** PEFT's rule for rank_pattern and alpha_pattern: the key matches the end of the module name. */
function patternTable(
  patterns: Readonly<Record<string, number>>,
  key: string,
): (name: string) => number | undefined {
  const rows = Object.entries(patterns).map(([pattern, value]) => {
    return [compiled(`^(?:.*\\.)?(?:${pattern})$`, key), value] as const;
  });
  return (name) => rows.find(([pattern]) => pattern.test(name))?.[1];
}

function compiled(pattern: string, key: string): RegExp {
  checkSafePattern(pattern, key);
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new LabError(
      'config/invalid',
      `[adapter] ${key}: ${pattern} is not a regular expression`,
      {
        cause,
      },
    );
  }
}

function unsupported(path: string, what: string): never {
  throw new LabError('model/unsupported', `[adapter] ${path}: ${what} is not supported`, {
    hint: 'The engine reads plain LoRA adapters.',
  });
}
