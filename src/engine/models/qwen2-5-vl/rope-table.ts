/**
 * Rotary tables: positions in, cos and sin [N, E] f32 out, one row per token, in the layout of
 * rotate_half (the E/2 angles twice). Angles are products rounded to f32, as the reference computes
 * them; frequencies stay f32 whatever the dtype of the weights.
 */
import { type ModelConfig, VISION_ROPE_THETA } from './config.ts';
import type { VisionLayout } from './vision-layout.ts';

export interface RopeTable {
  /** [N, E] f32. */
  readonly cos: Float32Array<ArrayBuffer>;
  /** [N, E] f32. */
  readonly sin: Float32Array<ArrayBuffer>;
}

/**
 * Decoder: frequencies 0 .. E/2 take their position from t, h, w by the sections of the configuration.
 * @param positions [3, N] i32.
 */
export function textRope(config: ModelConfig, positions: Int32Array): RopeTable {
  const { headSize, ropeTheta, mropeSection } = config.text;
  const N = positions.length / 3;
  const axes = mropeSection.flatMap((count, axis) => new Array<number>(count).fill(axis));
  const frequencies = inverseFrequencies(ropeTheta, headSize);
  return table(N, frequencies, (row, i) => positions[(axes[i] ?? 0) * N + row] ?? 0);
}

/**
 * Vision tower: E/4 frequencies for the row, the same for the column; rows in WINDOW order, as the
 * blocks take them.
 */
export function visionRope(config: ModelConfig, layout: VisionLayout): RopeTable {
  const quarter = inverseFrequencies(VISION_ROPE_THETA, config.vision.headSize / 2);
  const frequencies = Float32Array.from([...quarter, ...quarter]);
  return table(layout.patches, frequencies, (row, i) => {
    const patch = layout.patchOrder[row] ?? 0;
    return layout.ropeHw[2 * patch + (i < quarter.length ? 0 : 1)] ?? 0;
  });
}

/** theta^(-2i/size) for i in 0 .. size/2, each step rounded to f32. */
function inverseFrequencies(theta: number, size: number): Float32Array {
  return Float32Array.from({ length: size / 2 }, (_, i) => {
    return 1 / Math.fround(theta ** Math.fround((2 * i) / size));
  });
}

function table(
  N: number,
  frequencies: Float32Array,
  positionOf: (row: number, frequency: number) => number,
): RopeTable {
  const half = frequencies.length;
  const cos = new Float32Array(N * 2 * half);
  const sin = new Float32Array(N * 2 * half);
  for (let row = 0; row < N; row++) {
    const start = row * 2 * half;
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(positionOf(row, i) * (frequencies[i] ?? 0));
      cos[start + i] = cos[start + half + i] = Math.cos(angle);
      sin[start + i] = sin[start + half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
