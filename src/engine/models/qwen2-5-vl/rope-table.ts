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
  const angles = anglesFor(ropeTheta, headSize, 1);
  return table(N, angles, (row, i) => positions[(axes[i] ?? 0) * N + row] ?? 0);
}

/**
 * Vision tower: E/4 frequencies for the row, the same for the column; rows in WINDOW order, as the
 * blocks take them.
 */
export function visionRope(config: ModelConfig, layout: VisionLayout): RopeTable {
  const angles = anglesFor(VISION_ROPE_THETA, config.vision.headSize / 2, 2);
  return table(layout.patches, angles, (row, i) => {
    const patch = layout.patchOrder[row] ?? 0;
    return layout.ropeHw[2 * patch + (i < angles.half / 2 ? 0 : 1)] ?? 0;
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
  angles: Angles,
  positionOf: (row: number, frequency: number) => number,
): RopeTable {
  const { half } = angles;
  const cos = new Float32Array(N * 2 * half);
  const sin = new Float32Array(N * 2 * half);
  for (let row = 0; row < N; row++) {
    const start = row * 2 * half;
    for (let i = 0; i < half; i++) {
      const at = angles.at(positionOf(row, i)) + i;
      cos[start + i] = cos[start + half + i] = angles.cos[at] ?? 0;
      sin[start + i] = sin[start + half + i] = angles.sin[at] ?? 0;
    }
  }
  return { cos, sin };
}

/**
 * Cosines and sines by position and frequency, computed once: positions are small whole numbers that
 * come again in every row, and a decode step has no time for trigonometry.
 */
class Angles {
  readonly half: number;
  cos: Float32Array;
  sin: Float32Array;
  private readonly frequencies: Float32Array;
  private known = 0;

  constructor(frequencies: Float32Array) {
    this.frequencies = frequencies;
    this.half = frequencies.length;
    this.cos = new Float32Array(0);
    this.sin = new Float32Array(0);
  }

  /** Where the entries of a position begin. */
  at(position: number): number {
    if (position >= this.known) this.grow(position + 1);
    return position * this.half;
  }

  private grow(wanted: number): void {
    const positions = Math.max(wanted, 2 * this.known, 64);
    const cos = new Float32Array(positions * this.half);
    const sin = new Float32Array(positions * this.half);
    cos.set(this.cos);
    sin.set(this.sin);
    for (let at = this.known * this.half; at < cos.length; at++) {
      const position = Math.floor(at / this.half);
      const angle = Math.fround(position * (this.frequencies[at % this.half] ?? 0));
      cos[at] = Math.cos(angle);
      sin[at] = Math.sin(angle);
    }
    this.cos = cos;
    this.sin = sin;
    this.known = positions;
  }
}

/** Angles by frequencies, for every model of the process. */
const known = new Map<string, Angles>();

function anglesFor(theta: number, size: number, repeats: number): Angles {
  const key = `${theta}/${size}/${repeats}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const frequencies = inverseFrequencies(theta, size);
  const made = new Angles(
    Float32Array.from({ length: frequencies.length * repeats }, (_, i) => {
      return frequencies[i % frequencies.length] ?? 0;
    }),
  );
  known.set(key, made);
  return made;
}
