/**
 * A model as people name it: a Hugging Face folder, a checkpoint of a run, or a PEFT adapter whose
 * configuration names its base.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { type ModelBundle, openBundle } from '../bundle/bundle.ts';
import { readJsonFile } from '../files/json-file.ts';
import { checkBase } from '../models/qwen2-5-vl/adapter-base.ts';
import { ADAPTER_CONFIG } from '../models/qwen2-5-vl/lora-files.ts';
import { loadAdapter } from '../models/qwen2-5-vl/lora-weights.ts';
import { Policy } from '../policy/policy.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface OpenedModel {
  readonly bundle: ModelBundle;
  readonly policy: Policy;
}

/**
 * @throws LabError `file/missing`, `config/invalid`, `safetensors/*`, `model/unsupported`, and
 *   `model/other-base` for an adapter of another base than the one there is
 */
export function openModel(runtime: Runtime, folder: string): OpenedModel {
  const path = modelFolder(folder);
  if (isAdapter(path)) return openAdapter(runtime, path);
  const bundle = openBundle(path);
  return { bundle, policy: new Policy(runtime, bundle.config, bundle.weights) };
}

/** The folder with the weights: a checkpoint of a run holds the model in a folder of its own. */
export function modelFolder(folder: string): string {
  return existsSync(join(folder, 'model')) ? join(folder, 'model') : folder;
}

export function isAdapter(folder: string): boolean {
  return existsSync(join(folder, ADAPTER_CONFIG));
}

/** The folder with tokenizer, template and processor: that of the base for an adapter. */
export function bundleFolder(folder: string): string {
  return isAdapter(folder) ? baseOf(folder) : folder;
}

function openAdapter(runtime: Runtime, folder: string): OpenedModel {
  const base = baseOf(folder);
  checkBase(folder, base);
  const bundle = openBundle(base);
  const { shape, weights } = loadAdapter(bundle.config, folder);
  const policy = new Policy(runtime, bundle.config, new Map([...bundle.weights, ...weights]), {
    lora: shape,
  });
  return { bundle, policy };
}

/** What an adapter names as its base, whether or not it is there. */
export function namedBase(folder: string): string | undefined {
  const named = z
    .looseObject({ base_model_name_or_path: z.string().nullish() })
    .safeParse(readJsonFile(join(folder, ADAPTER_CONFIG)));
  return named.data?.base_model_name_or_path ?? undefined;
}

/** The base model an adapter names, if it is a folder here. @throws LabError `model/unsupported` */
export function baseOf(folder: string): string {
  const baseModel = namedBase(folder);
  if (baseModel !== undefined && existsSync(join(baseModel, 'config.json'))) return baseModel;
  throw new LabError(
    'model/unsupported',
    `[adapter] ${folder} names its base as ${JSON.stringify(baseModel)}, which is no folder here`,
    {
      hint: 'set base_model_name_or_path in adapter_config.json to the folder of the base model',
    },
  );
}
