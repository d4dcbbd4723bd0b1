/**
 * Models that stay loaded between the jobs of one engine process, the last two that were asked for.
 * A folder whose files changed is read again. Tokenizers and templates alone are kept apart: they are
 * read in no time and serve questions that need no weights.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { openTextParts, type TextParts } from '../bundle/bundle.ts';
import { readConfig } from '../models/qwen2-5-vl/weights.ts';
import { STARTER } from '../training/assemble.ts';
import { bundleFolder, modelFolder, type OpenedModel, openModel } from '../training/open-model.ts';
import { type ComputeParams, openRuntime } from './open-runtime.ts';

/** One that is asked and one that it is compared with. */
const KEPT_MODELS = 2;
const KEPT_PARTS = 8;

export interface LoadedModel extends OpenedModel {
  /** Seconds it took to read; 0 when it was still there. */
  readonly loadSeconds: number;
}

const models = new Map<string, OpenedModel>();
const parts = new Map<string, TextParts>();

/** @throws LabError as `openModel` */
export function loadedModel(folder: string | undefined, compute: ComputeParams): LoadedModel {
  const path = modelFolder(folder ?? STARTER);
  const key = JSON.stringify([stampOf(path), compute.device, compute.threads]);
  const known = take(models, key);
  if (known !== undefined) return { ...known, loadSeconds: 0 };
  const started = performance.now();
  // Room first: two large models may not fit beside a third.
  for (const [old, { policy }] of [...models].slice(0, models.size + 1 - KEPT_MODELS)) {
    models.delete(old);
    policy.dispose();
    policy.runtime.close();
  }
  const opened = openModel(openRuntime(compute), path);
  models.set(key, opened);
  return { ...opened, loadSeconds: (performance.now() - started) / 1000 };
}

/** @throws LabError `file/*`, `config/invalid`, `tokenizer/invalid` */
export function loadedParts(folder: string | undefined): TextParts {
  const path = bundleFolder(modelFolder(folder ?? STARTER));
  const key = JSON.stringify(stampOf(path));
  const known = take(parts, key);
  if (known !== undefined) return known;
  const opened = openTextParts(path, readConfig(path).config);
  parts.set(key, opened);
  for (const old of [...parts.keys()].slice(0, -KEPT_PARTS)) parts.delete(old);
  return opened;
}

/** The entry, now the last that was used. */
function take<T>(cache: Map<string, T>, key: string): T | undefined {
  const found = cache.get(key);
  if (found === undefined) return undefined;
  cache.delete(key);
  cache.set(key, found);
  return found;
}

const STAMPED = [
  'config.json',
  'model.safetensors',
  'model.safetensors.index.json',
  'adapter_model.safetensors',
  'adapter_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
  'preprocessor_config.json',
  'processor_config.json',
];

/** What tells a folder from itself as it was before. */
function stampOf(path: string): unknown[] {
  const files = STAMPED.flatMap((name) => {
    const file = join(path, name);
    if (!existsSync(file)) return [];
    const { mtimeMs, size } = statSync(file);
    return [[name, mtimeMs, size]];
  });
  return [resolve(path), ...files];
}
