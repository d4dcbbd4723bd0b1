/**
 * A Hugging Face model folder in, named host tensors out; host tensors in, the engine's packed f32
 * tensors out; and both ways back. Names are disk names everywhere; in-memory names are accepted on
 * reading. Missing, unexpected or wrongly shaped tensors are one typed error that lists them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { checkFolder, fileInFolder, optionalFileInFolder } from '../../files/folder.ts';
import { readJsonFile } from '../../files/json-file.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import {
  type F32Tensor,
  fromF32,
  type HostTensor,
  sizeOf,
  toF32,
} from '../../files/tensor-data.ts';
import { type ModelConfig, parseModelConfig } from './config.ts';
import { layoutOf, type PackedLayout, toDiskName } from './names.ts';

export interface ModelFolder {
  readonly folder: string;
  readonly config: ModelConfig;
  /** config.json as it stands, with keys the engine does not use. */
  readonly rawConfig: unknown;
  /** Disk name -> tensor, read from disk at each `bytes()`. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

export const WEIGHTS_FILE = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens a model folder: configuration and tensor headers, checked against each other. Elements stay on disk.
 * @throws LabError `file/*`, `config/invalid`, `model/unsupported`, `safetensors/corrupt`, `safetensors/mismatch`.
 */
export function readModelFolder(folder: string): ModelFolder {
  const { config, rawConfig } = readConfig(folder);
  const tensors = readTensors(folder);
  checkTensors(config, tensors, folder);
  return { folder, config, rawConfig, tensors };
}

/** Only the configuration of a folder, which may hold no weights. */
export function readConfig(folder: string): { config: ModelConfig; rawConfig: unknown } {
  checkFolder(folder);
  const path = fileInFolder(folder, 'config.json');
  const rawConfig = readJsonFile(path, { maxBytes: 4 * 2 ** 20 });
  return { config: parseModelConfig(rawConfig, path), rawConfig };
}

/**
 * Compares names, shapes and dtypes with what the configuration asks for. An extra `lm_head.weight` of
 * a tied model is no error.
 * @throws LabError `safetensors/mismatch`.
 */
export function checkTensors(
  config: ModelConfig,
  tensors: ReadonlyMap<string, HostTensor>,
  source = 'model',
): void {
  const unexpected = new Set(tensors.keys());
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const { rows } of layoutOf(config)) {
    for (const { disk, shape } of rows) {
      unexpected.delete(disk);
      const tensor = tensors.get(disk);
      if (!tensor) missing.push(disk);
      else if (tensor.shape.join() !== shape.join()) {
        misshapen.push(`${disk} expected [${shape.join(', ')}] got [${tensor.shape.join(', ')}]`);
      } else if (!['f32', 'f16', 'bf16', 'f64'].includes(tensor.dtype)) {
        misshapen.push(`${disk} expected floats got ${tensor.dtype}`);
      }
    }
  }
  if (config.tieWordEmbeddings) unexpected.delete('lm_head.weight');
  if (missing.length + misshapen.length + unexpected.size === 0) return;
  const parts = [
    ...(missing.length ? [`missing: ${listed(missing)}`] : []),
    ...(unexpected.size ? [`unexpected: ${listed([...unexpected])}`] : []),
    ...(misshapen.length ? [`wrong: ${listed(misshapen)}`] : []),
  ];
  throw new LabError(
    'safetensors/mismatch',
    `[weights] ${source}: the tensors do not fit the configuration; ${parts.join('; ')}`,
    {
      hint: 'Check that config.json belongs to these weights and that every shard is there.',
      details: { missing, unexpected: [...unexpected], misshapen },
    },
  );
}

/**
 * All packed tensors at once, f32. For a model of several GB take {@link packEach} instead.
 * @throws LabError `safetensors/mismatch`.
 */
export function packWeights(
  config: ModelConfig,
  tensors: ReadonlyMap<string, HostTensor>,
): Map<string, F32Tensor> {
  checkTensors(config, tensors);
  return new Map(packEach(config, tensors));
}

/** Packed tensors one by one, so that each can go to the device and be dropped before the next is read. */
export function* packEach(
  config: ModelConfig,
  tensors: ReadonlyMap<string, HostTensor>,
): Generator<[string, F32Tensor]> {
  for (const layout of layoutOf(config)) yield [layout.packed, packOne(layout, tensors)];
}

function packOne(layout: PackedLayout, tensors: ReadonlyMap<string, HostTensor>): F32Tensor {
  const data = new Float32Array(sizeOf(layout.shape));
  const columns = rowSize(layout);
  for (const { disk, start } of layout.rows) {
    const tensor = tensors.get(disk);
    if (!tensor) throw new LabError('safetensors/mismatch', `[weights] missing: ${disk}`);
    data.set(toF32(tensor, disk), start * columns);
  }
  return { shape: layout.shape, data };
}

/**
 * Packed f32 tensors back to disk names and shapes; views, not copies.
 * @param packed may hold a part of the model (gradients of some parameters): only those names come out.
 * @throws LabError `safetensors/mismatch` for a name or size that is not in the layout.
 */
export function unpackWeights(
  config: ModelConfig,
  packed: ReadonlyMap<string, F32Tensor>,
): Map<string, F32Tensor> {
  const layouts = new Map(layoutOf(config).map((layout) => [layout.packed, layout]));
  const out = new Map<string, F32Tensor>();
  for (const [name, tensor] of packed) {
    const layout = layouts.get(name);
    if (!layout)
      throw new LabError('safetensors/mismatch', `[weights] unknown packed tensor ${name}`);
    if (tensor.data.length !== sizeOf(layout.shape)) {
      throw new LabError(
        'safetensors/mismatch',
        `[weights] ${name}: expected [${layout.shape.join(', ')}], got ${tensor.data.length} elements`,
      );
    }
    const columns = rowSize(layout);
    for (const { disk, start, count, shape } of layout.rows) {
      out.set(disk, {
        shape,
        data: tensor.data.subarray(start * columns, (start + count) * columns),
      });
    }
  }
  return out;
}

/** Disk tensors of a whole packed model, in a storage dtype. */
export function toHostTensors(
  tensors: ReadonlyMap<string, F32Tensor>,
  dtype: 'f32' | 'f16' | 'bf16' = 'f32',
): Map<string, HostTensor> {
  const out = new Map<string, HostTensor>();
  for (const [name, { shape, data }] of tensors) {
    // Converted when written, so that the rounded copy of a large model never exists whole.
    out.set(name, { dtype, shape, bytes: () => fromF32(shape, data, dtype).bytes() });
  }
  return out;
}

/**
 * One file or all shards of an index, by disk name; not compared with any configuration.
 * @throws LabError `file/*`, `safetensors/*`
 */
export function readTensors(folder: string): Map<string, HostTensor> {
  const index = optionalFileInFolder(folder, WEIGHTS_INDEX);
  if (!index) {
    if (!existsSync(join(folder, WEIGHTS_FILE))) {
      throw new LabError(
        'file/missing',
        `[weights] ${folder} has neither ${WEIGHTS_FILE} nor ${WEIGHTS_INDEX}`,
        { hint: 'Weights in .bin or .pt files are not read: convert them to safetensors.' },
      );
    }
    return byDiskName([
      [WEIGHTS_FILE, openSafetensors(fileInFolder(folder, WEIGHTS_FILE)).tensors],
    ]);
  }
  const parsed = indexSchema.safeParse(readJsonFile(index));
  if (!parsed.success) {
    throw new LabError('file/corrupt', `[weights] ${index}: ${z.prettifyError(parsed.error)}`);
  }
  const shards = [...new Set(Object.values(parsed.data.weight_map))];
  const files = shards.map((shard) => {
    return [shard, openSafetensors(fileInFolder(folder, shard)).tensors] as const;
  });
  const found = new Map(files);
  const absent = Object.entries(parsed.data.weight_map).filter(([name, shard]) => {
    return !found.get(shard)?.has(name);
  });
  if (absent.length > 0) {
    throw new LabError(
      'safetensors/mismatch',
      `[weights] ${index}: shards lack tensors that the index names: ${listed(absent.map(([name]) => name))}`,
    );
  }
  return byDiskName(files);
}

function byDiskName(
  files: readonly (readonly [string, ReadonlyMap<string, HostTensor>])[],
): Map<string, HostTensor> {
  const out = new Map<string, HostTensor>();
  for (const [file, tensors] of files) {
    for (const [name, tensor] of tensors) {
      const disk = toDiskName(name);
      if (out.has(disk)) {
        throw new LabError('safetensors/mismatch', `[weights] ${file}: ${disk} occurs twice`);
      }
      out.set(disk, tensor);
    }
  }
  return out;
}

function rowSize(layout: PackedLayout): number {
  return sizeOf(layout.shape.slice(1));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
