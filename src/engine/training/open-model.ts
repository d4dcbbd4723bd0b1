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
import { ADAPTER_CONFIG } from '../models/qwen2-5-vl/lora-files.ts';
import { loadAdapter } from '../models/qwen2-5-vl/lora-weights.ts';
import { Policy } from '../policy/policy.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface OpenedModel {
  readonly bundle: ModelBundle;
  readonly policy: Policy;
}

/** @throws LabError `file/missing`, `config/invalid`, `safetensors/*`, `model/unsupported` */
export function openModel(runtime: Runtime, folder: string): OpenedModel {
  const path = existsSync(join(folder, 'model')) ? join(folder, 'model') : folder;
  if (existsSync(join(path, ADAPTER_CONFIG))) return openAdapter(runtime, path);
  const bundle = openBundle(path);
  return { bundle, policy: new Policy(runtime, bundle.config, bundle.weights) };
}

function openAdapter(runtime: Runtime, folder: string): OpenedModel {
  const base = baseOf(folder);
  const bundle = openBundle(base);
  const { shape, weights } = loadAdapter(bundle.config, folder);
  const policy = new Policy(runtime, bundle.config, new Map([...bundle.weights, ...weights]), {
    lora: shape,
  });
  return { bundle, policy };
}

/** The base model an adapter names, if it is a folder here. */
function baseOf(folder: string): string {
  const named = z
    .looseObject({ base_model_name_or_path: z.string().nullish() })
    .safeParse(readJsonFile(join(folder, ADAPTER_CONFIG)));
  const baseModel = named.data?.base_model_name_or_path ?? undefined;
  if (baseModel !== undefined && existsSync(join(baseModel, 'config.json'))) return baseModel;
  throw new LabError(
    'model/unsupported',
    `[adapter] ${folder} names its base as ${JSON.stringify(baseModel)}, which is no folder here`,
    {
      hint: 'set base_model_name_or_path in adapter_config.json to the folder of the base model',
    },
  );
}
