/**
 * An adapter folded into its base: the base's tensors in, the same with W + scaling B A where there
 * are factors out. Each product is computed when the tensor is asked for, so no merged copy of a large
 * model exists whole.
 */
import { LabError } from '../../../shared/errors.ts';
import { fromF32, type HostTensor, toF32 } from '../../files/tensor-data.ts';
import type { LoraAdapter, LoraFactors } from './lora-files.ts';

/** @throws LabError `safetensors/mismatch` for factors of a module the base does not have */
export function mergeAdapter(
  base: ReadonlyMap<string, HostTensor>,
  { factors }: LoraAdapter,
): Map<string, HostTensor> {
  const merged = new Map(base);
  for (const [module, own] of factors) {
    const name = `${module}.weight`;
    const weight = base.get(name);
    if (weight === undefined) {
      throw new LabError('safetensors/mismatch', `[adapter] the base has no ${name}`);
    }
    merged.set(name, {
      dtype: 'f32',
      shape: weight.shape,
      bytes: () => fromF32(weight.shape, withFactors(toF32(weight, name), own)).bytes(),
    });
  }
  return merged;
}

/** Adds scaling B A to W [out, in], in place. */
function withFactors(
  weight: Float32Array<ArrayBuffer>,
  { a, b, scaling }: LoraFactors,
): Float32Array<ArrayBuffer> {
  const [rank = 0, inputs = 0] = a.shape;
  const outputs = b.shape[0] ?? 0;
  for (let row = 0; row < outputs; row++) {
    const at = row * inputs;
    for (let r = 0; r < rank; r++) {
      const factor = scaling * (b.data[row * rank + r] ?? 0);
      if (factor === 0) continue;
      const from = r * inputs;
      for (let i = 0; i < inputs; i++) {
        weight[at + i] = (weight[at + i] ?? 0) + factor * (a.data[from + i] ?? 0);
      }
    }
  }
  return weight;
}
