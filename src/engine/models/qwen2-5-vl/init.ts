/**
 * Random weights for a configuration: matrices normal with deviation 0.02, norms 1, biases 0, the
 * padding row of the embedding 0 (as Hugging Face). Each tensor has its own stream keyed by seed and
 * name: the same seed gives the same numbers whatever else the model holds.
 */
import { createHash } from 'node:crypto';
import { type F32Tensor, sizeOf } from '../../files/tensor-data.ts';
import type { ModelConfig } from './config.ts';
import { layoutOf } from './names.ts';

/** `initializer_range` of every published configuration. */
const INIT_DEVIATION = 0.02;

/** @returns packed name -> tensor, complete for the configuration. */
export function initWeights(config: ModelConfig, seed: number): Map<string, F32Tensor> {
  const out = new Map<string, F32Tensor>();
  for (const { packed, shape } of layoutOf(config)) {
    const data = new Float32Array(sizeOf(shape));
    if (shape.length > 1) fillNormal(data, seed, packed);
    else if (!packed.endsWith('_bias')) data.fill(1);
    const pad = config.text.padTokenId;
    if (packed === 'embed' && pad !== undefined) {
      data.fill(0, pad * config.text.hiddenSize, (pad + 1) * config.text.hiddenSize);
    }
    out.set(packed, { shape, data });
  }
  return out;
}

/** Box-Muller over a xoshiro128** stream. */
function fillNormal(data: Float32Array, seed: number, name: string): void {
  const next = uniformStream(`${seed}/${name}`);
  for (let i = 0; i < data.length; i += 2) {
    // 1 - u lies in (0, 1]: the logarithm is finite.
    const radius = INIT_DEVIATION * Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
}

/** Uniform numbers in [0, 1) with 32 bits, state hashed from a key. */
function uniformStream(key: string): () => number {
  const digest = createHash('sha256').update(key).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as [
    number,
    number,
    number,
    number, // four offsets in, four words out
  ];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result / 2 ** 32;
  };
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
