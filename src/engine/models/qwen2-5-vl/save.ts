/**
 * Writes a Hugging Face model folder: config.json, one model.safetensors or shards with an index, and
 * the other files of a source folder (tokenizer, processor, templates). The folder appears whole.
 */
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFolderAtomic } from '../../files/atomic.ts';
import { fileInFolder } from '../../files/folder.ts';
import { readJsonFile } from '../../files/json-file.ts';
import { writeSafetensors } from '../../files/safetensors.ts';
import {
  DTYPE_BYTES,
  type FloatDType,
  fromF32,
  type HostTensor,
  sizeOf,
  toF32,
} from '../../files/tensor-data.ts';
import { type ModelConfig, parseModelConfig, toHuggingFaceConfig } from './config.ts';
import { checkTensors, WEIGHTS_FILE, WEIGHTS_INDEX } from './weights.ts';

export interface ModelToWrite {
  readonly config: ModelConfig;
  /** By disk name; complete. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly dtype: FloatDType;
  /** Default 5 GB, as Hugging Face. */
  readonly maxShardBytes?: number;
  /** Folder whose tokenizer, processor and template files go along; its config.json is kept where it says the same. */
  readonly source?: string | undefined;
  readonly overwrite?: boolean;
}

/** Files beside the weights that make a folder usable elsewhere. */
const COMPANIONS = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
  'generation_config.json',
  'preprocessor_config.json',
  'video_preprocessor_config.json',
  'processor_config.json',
];

const TORCH_DTYPE = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' } as const satisfies Record<
  FloatDType,
  string
>;

/**
 * @throws LabError `safetensors/mismatch` when tensors do not fit the configuration, `file/write-failed`.
 */
export async function writeModelFolder(folder: string, model: ModelToWrite): Promise<void> {
  const { config, dtype, source } = model;
  checkTensors(config, model.tensors, folder);
  const tensors = new Map<string, HostTensor>();
  for (const [name, tensor] of model.tensors) tensors.set(name, converted(tensor, name, dtype));
  const shards = split(tensors, model.maxShardBytes ?? 5e9);
  await writeFolderAtomic(
    folder,
    async (temporary) => {
      const json = JSON.stringify(configJson(config, dtype, source), null, 2);
      writeFileSync(join(temporary, 'config.json'), `${json}\n`);
      for (const name of source === undefined ? [] : readdirSync(source)) {
        if (COMPANIONS.includes(name))
          copyFileSync(fileInFolder(source ?? '', name), join(temporary, name));
      }
      const weightMap: Record<string, string> = {};
      for (const [n, shard] of shards.entries()) {
        const file = shards.length === 1 ? WEIGHTS_FILE : shardName(n, shards.length);
        await writeSafetensors(join(temporary, file), shard);
        for (const name of shard.keys()) weightMap[name] = file;
      }
      if (shards.length > 1) {
        const total_size = [...tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
        const index = { metadata: { total_size }, weight_map: weightMap };
        writeFileSync(join(temporary, WEIGHTS_INDEX), JSON.stringify(index, null, 2));
      }
    },
    { overwrite: model.overwrite },
  );
}

function converted(tensor: HostTensor, name: string, dtype: FloatDType): HostTensor {
  if (tensor.dtype === dtype) return tensor;
  const bytes = () => fromF32(tensor.shape, toF32(tensor, name), dtype).bytes();
  return { dtype, shape: tensor.shape, bytes };
}

function split(
  tensors: ReadonlyMap<string, HostTensor>,
  maxBytes: number,
): Map<string, HostTensor>[] {
  const shards: Map<string, HostTensor>[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const [name, tensor] of tensors) {
    const bytes = bytesOf(tensor);
    if (size + bytes > maxBytes) {
      shards.push(new Map());
      size = 0;
    }
    shards.at(-1)?.set(name, tensor);
    size += bytes;
  }
  return shards;
}

function bytesOf(tensor: HostTensor): number {
  return sizeOf(tensor.shape) * DTYPE_BYTES[tensor.dtype];
}

function shardName(n: number, count: number): string {
  const five = (value: number) => String(value).padStart(5, '0');
  return `model-${five(n + 1)}-of-${five(count)}.safetensors`;
}

/** The source's own file keeps keys the engine does not know, as long as it describes the same model. */
function configJson(config: ModelConfig, dtype: FloatDType, source: string | undefined): unknown {
  const ours = toHuggingFaceConfig(config, TORCH_DTYPE[dtype]);
  if (source === undefined) return ours;
  const theirs = readJsonFile(fileInFolder(source, 'config.json'));
  if (JSON.stringify(parseModelConfig(theirs)) !== JSON.stringify(config)) return ours;
  // Parsed above: it is an object. Published files say torch_dtype, transformers 5 says dtype.
  const kept = { ...(theirs as Record<string, unknown>) };
  kept['torch_dtype' in kept ? 'torch_dtype' : 'dtype'] = TORCH_DTYPE[dtype];
  return kept;
}
