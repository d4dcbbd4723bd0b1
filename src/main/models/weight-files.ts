/**
 * What the files of a model folder say without reading weights: the headers of its safetensors files
 * and its configuration go in, number of parameters, dtypes and a hash go out. The hash is the same
 * for the same configuration and the same tensors in the same places.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readTextFile } from './read-text.ts';

/** Published models stay far below. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_FILES = 1000;

export interface WeightSummary {
  readonly params: number | null;
  readonly hash: string | null;
  readonly isAdapter: boolean;
  /** What an adapter names as its base. */
  readonly base: string | null;
  /** Why nothing could be read; null when all is well. */
  readonly problem: string | null;
}

const tensor = z.object({ dtype: z.string(), shape: z.array(z.int().min(0)) });
const header = z.record(z.string(), z.unknown());
const adapterConfig = z.looseObject({ base_model_name_or_path: z.string().nullish() });

/** The folder with the model: a checkpoint of a run holds it in `model/`. */
export function modelFolder(path: string): string {
  const inner = join(path, 'model');
  return existsSync(join(inner, 'config.json')) || existsSync(join(inner, 'adapter_config.json'))
    ? inner
    : path;
}

/** Never throws: what cannot be read is the `problem`. */
export function summarizeWeights(path: string): WeightSummary {
  const folder = modelFolder(path);
  const isAdapter = existsSync(join(folder, 'adapter_config.json'));
  try {
    const config = readTextFile(
      join(folder, isAdapter ? 'adapter_config.json' : 'config.json'),
      MAX_CONFIG_BYTES,
    );
    const hash = createHash('sha256').update(config);
    let params = 0;
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.safetensors'))
      .sort()
      .slice(0, MAX_FILES);
    if (files.length === 0) throw new Error('there are no safetensors files');
    for (const file of files) {
      const text = readHeader(join(folder, file));
      hash.update('\0').update(text);
      params += countParameters(text);
    }
    return {
      params,
      hash: hash.digest('hex'),
      isAdapter,
      base: isAdapter ? baseOf(config) : null,
      problem: null,
    };
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown);
    return { params: null, hash: null, isAdapter, base: null, problem };
  }
}

function readHeader(path: string): string {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(8);
    if (size < 8 || readSync(file, length, 0, 8, 0) < 8) throw new Error(`${path} is cut off`);
    const bytes = Number(length.readBigUInt64LE());
    if (bytes > MAX_HEADER_BYTES || bytes + 8 > size) throw new Error(`${path} has no header`);
    const text = Buffer.alloc(bytes);
    if (readSync(file, text, 0, bytes, 8) < bytes) throw new Error(`${path} is cut off`);
    return text.toString('utf8');
  } finally {
    closeSync(file);
  }
}

function countParameters(text: string): number {
  let params = 0;
  for (const [name, value] of Object.entries(header.parse(JSON.parse(text)))) {
    if (name === '__metadata__') continue;
    params += tensor.parse(value).shape.reduce((product, size) => product * size, 1);
  }
  return params;
}

function baseOf(config: string): string | null {
  return adapterConfig.parse(JSON.parse(config)).base_model_name_or_path ?? null;
}
