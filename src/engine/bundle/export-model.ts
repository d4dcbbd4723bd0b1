/**
 * Models as ordinary folders: a checkpoint or an adapter in, a Hugging Face folder (as it is, or with
 * the adapter folded in) or a PEFT adapter folder out. What was written is opened again and compared
 * tensor by tensor.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { type FloatDType, fromF32, type HostTensor, toF32 } from '../files/tensor-data.ts';
import { BASE_FILE, checkBase, weightsHash } from '../models/qwen2-5-vl/adapter-base.ts';
import { ADAPTER_CONFIG, readAdapter, writeAdapter } from '../models/qwen2-5-vl/lora-files.ts';
import { mergeAdapter } from '../models/qwen2-5-vl/merge-adapter.ts';
import { writeModelFolder } from '../models/qwen2-5-vl/save.ts';
import { type ModelFolder, readModelFolder } from '../models/qwen2-5-vl/weights.ts';

export interface ModelExport {
  /** Folder with the weights. */
  readonly folder: string;
  /** Of an adapter. */
  readonly base: string | undefined;
  readonly format: 'full' | 'merged' | 'adapter';
  readonly dtype: FloatDType | undefined;
  readonly out: string;
}

export interface ModelExportHooks {
  readonly signal: AbortSignal;
  onProgress(stage: 'writing' | 'checking', done: number, total: number): void;
}

export interface ExportedModel {
  readonly tensors: number;
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * @throws LabError `file/write-failed` (also for a folder with content), `model/unsupported` for a
 *   form this model cannot take, `model/other-base`, `safetensors/*`
 */
export async function exportModel(
  request: ModelExport,
  hooks: ModelExportHooks,
): Promise<ExportedModel> {
  const isAdapter = existsSync(join(request.folder, ADAPTER_CONFIG));
  if (request.format === 'adapter') {
    if (!isAdapter)
      throw notAs(request, 'has no adapter: its weights were trained themselves', 'full');
    return listed(request.out, await exportAdapter(request, hooks));
  }
  if (isAdapter && request.format === 'full') {
    throw notAs(request, 'is an adapter without the weights of its base', 'merged');
  }
  return listed(request.out, await exportWhole(request, isAdapter, hooks));
}

async function exportWhole(
  request: ModelExport,
  isAdapter: boolean,
  hooks: ModelExportHooks,
): Promise<number> {
  const source = readModelFolder(isAdapter ? baseFor(request) : request.folder);
  const tensors = isAdapter
    ? mergeAdapter(source.tensors, readAdapter(request.folder, source.config))
    : source.tensors;
  const dtype = request.dtype ?? storedDtype(source);
  await writeModelFolder(request.out, {
    config: source.config,
    tensors: watched(tensors, 'writing', hooks),
    dtype,
    source: source.folder,
  });
  const written = readModelFolder(request.out);
  const expected = watched(tensors, 'checking', hooks);
  for (const [name, tensor] of expected) {
    // Lets a cancellation in.
    await new Promise((resolve) => setImmediate(resolve));
    requireSame(name, tensor, written.tensors.get(name), dtype);
  }
  return tensors.size;
}

async function exportAdapter(request: ModelExport, hooks: ModelExportHooks): Promise<number> {
  const base = baseFor(request);
  const { config } = readModelFolder(base);
  const adapter = readAdapter(request.folder, config);
  hooks.signal.throwIfAborted();
  hooks.onProgress('writing', 0, adapter.factors.size);
  const settings = { ...adapter.settings, baseModel: base };
  await writeAdapter(request.out, config, { settings, factors: adapter.factors });
  const about = { base_sha256: weightsHash(base), base };
  await writeFileAtomic(join(request.out, BASE_FILE), `${JSON.stringify(about, null, 2)}\n`);
  hooks.onProgress('checking', 0, adapter.factors.size);
  const again = readAdapter(request.out, config);
  for (const [name, { a, b, scaling }] of adapter.factors) {
    const found = again.factors.get(name);
    const isSame =
      found?.scaling === scaling &&
      Buffer.from(found.a.data.buffer).equals(Buffer.from(a.data.buffer)) &&
      Buffer.from(found.b.data.buffer).equals(Buffer.from(b.data.buffer));
    if (!isSame) throw different(name);
  }
  return 2 * adapter.factors.size;
}

function baseFor({ folder, base }: ModelExport): string {
  if (base === undefined) {
    throw new LabError('model/unsupported', `[export] the base of ${folder} is not here`, {
      hint: 'Name the folder of the model it was trained on.',
    });
  }
  checkBase(folder, base);
  return base;
}

/** As most of the weights are stored. */
function storedDtype({ tensors }: ModelFolder): FloatDType {
  const counts = new Map<FloatDType, number>();
  for (const { dtype } of tensors.values()) {
    if (dtype !== 'f32' && dtype !== 'f16' && dtype !== 'bf16') continue;
    counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'f32';
}

/** The same tensors, counted as they are read. */
function watched(
  tensors: ReadonlyMap<string, HostTensor>,
  stage: 'writing' | 'checking',
  { signal, onProgress }: ModelExportHooks,
): Map<string, HostTensor> {
  let done = 0;
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      {
        ...tensor,
        bytes() {
          signal.throwIfAborted();
          onProgress(stage, ++done, tensors.size);
          return tensor.bytes();
        },
      },
    ]),
  );
}

function requireSame(
  name: string,
  wanted: HostTensor,
  found: HostTensor | undefined,
  dtype: FloatDType,
): void {
  const expected =
    wanted.dtype === dtype ? wanted : fromF32(wanted.shape, toF32(wanted, name), dtype);
  const isSame = found !== undefined && Buffer.from(expected.bytes()).equals(found.bytes());
  if (!isSame) throw different(name);
}

function different(name: string): LabError {
  return new LabError(
    'file/corrupt',
    `[export] ${name} reads back differently than it was written`,
    {
      hint: 'The disk or its file system is faulty: write to another one.',
    },
  );
}

function notAs({ folder, format }: ModelExport, why: string, instead: string): LabError {
  return new LabError(
    'model/unsupported',
    `[export] ${folder} cannot be written as '${format}': it ${why}`,
    {
      hint: `Export it as '${instead}'.`,
    },
  );
}

function listed(out: string, tensors: number): ExportedModel {
  const files = readdirSync(out)
    .sort()
    .map((name) => ({ name, bytes: statSync(join(out, name)).size }));
  return { tensors, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
