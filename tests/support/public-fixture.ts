/**
 * The reference numbers in tests/fixtures/public (see its README): tensors by `CASE/TENSOR` name as
 * typed arrays, and the folders of the parity model and adapter.
 */
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../../src/engine/files/safetensors.ts';
import { type HostTensor, toF32, toI32 } from '../../src/engine/files/tensor-data.ts';
import type { GridThw } from '../../src/engine/models/qwen2-5-vl/mrope.ts';

export const PUBLIC = fileURLToPath(new URL('../fixtures/public/', import.meta.url));
export const PARITY_MODEL = `${PUBLIC}parity/model`;
export const PARITY_ADAPTER = `${PUBLIC}parity/lora_adapter`;
export const BENCH = fileURLToPath(new URL('../../resources/bench/', import.meta.url));

const file = openSafetensors(`${PUBLIC}parity/tensors.safetensors`);

export const CASES = ['text', 'image', 'two_images', 'video', 'left_padded', 'left_padded_text'];

export function has(name: string): boolean {
  return file.tensors.has(name);
}

export function fixture(name: string): HostTensor {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new Error(`no fixture tensor ${name}`);
  return tensor;
}

export function ints(name: string): Int32Array {
  return toI32(fixture(name), name);
}

export function floats(name: string): Float32Array {
  return toF32(fixture(name), name);
}

/** Rows of an [n, 3] grid tensor; none when the case has no such pictures. */
export function grids(name: string): GridThw[] {
  if (!has(name)) return [];
  const values = ints(name);
  return Array.from({ length: values.length / 3 }, (_, i) => {
    return [values[3 * i] ?? 0, values[3 * i + 1] ?? 0, values[3 * i + 2] ?? 0];
  });
}
