/**
 * Multi-axis positions of one row: token ids and picture grids in, (t, h, w) per token out. Text
 * counts 1 on all three axes; the tokens of an image or video take their frame, row and column;
 * text goes on behind the picture. Two rules exist for how far behind, see {@link MropeRule}.
 */
import { LabError } from '../../../shared/errors.ts';
import type { ModelConfig } from './config.ts';

/** Patches of an image or video in time, height, width, before the merge. */
export type GridThw = readonly [t: number, h: number, w: number];

/**
 * `transformers-5`: text after a picture starts at start + max(h, w) / merge, whatever its frames.
 * `transformers-4` (with which the published checkpoints were trained): at the largest position + 1.
 * They agree on images, and on videos whose time index stays inside the picture.
 */
export type MropeRule = 'transformers-5' | 'transformers-4';

export interface MropeRow {
  /** Real tokens of the row, no padding. */
  readonly inputIds: ArrayLike<number>;
  /** In the order of their placeholders. */
  readonly imageGrids?: readonly GridThw[];
  readonly videoGrids?: readonly GridThw[];
  /** Seconds per temporal grid step of each video; absent = 1. */
  readonly secondsPerGrid?: readonly number[];
}

export interface MropePositions {
  /** [3, N] i32: all t, then all h, then all w. */
  readonly positions: Int32Array<ArrayBuffer>;
  /** Largest position + 1 - N (`rope_deltas` of Hugging Face). */
  readonly delta: number;
}

/**
 * @throws LabError `dataset/bad-row` when placeholders and grids do not fit each other.
 */
export function mropePositions(
  config: ModelConfig,
  row: MropeRow,
  rule: MropeRule = 'transformers-5',
): MropePositions {
  const N = row.inputIds.length;
  const merge = config.vision.spatialMergeSize;
  const positions = new Int32Array(3 * N);
  let largest = -1;
  let next = 0;
  let images = 0;
  let videos = 0;
  for (let i = 0; i < N; ) {
    const id = row.inputIds[i];
    const isVideo = id === config.videoTokenId;
    if (!isVideo && id !== config.imageTokenId) {
      for (let axis = 0; axis < 3; axis++) positions[axis * N + i] = next;
      largest = Math.max(largest, next);
      next++;
      i++;
      continue;
    }
    const grid = isVideo ? row.videoGrids?.[videos] : row.imageGrids?.[images];
    const which = isVideo ? `video ${videos}` : `image ${images}`;
    if (!grid) throw badRow(`placeholder at token ${i} has no grid: ${which} is missing`);
    const [t, h, w] = grid;
    const tokens = checkedTokens(grid, merge, which);
    for (let k = 0; k < tokens; k++) {
      if (row.inputIds[i + k] !== id) {
        throw badRow(`${which} needs ${tokens} placeholder tokens, the row has ${k} at token ${i}`);
      }
    }
    const seconds = isVideo ? (row.secondsPerGrid?.[videos] ?? 1) : undefined;
    const [rows, columns] = [h / merge, w / merge];
    let at = i;
    for (let frame = 0; frame < t; frame++) {
      const time = next + frameIndex(frame, seconds, config.vision.tokensPerSecond, rule);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++, at++) {
          positions[at] = time;
          positions[N + at] = next + y;
          positions[2 * N + at] = next + x;
        }
      }
      largest = Math.max(largest, time, next + rows - 1, next + columns - 1);
    }
    next = rule === 'transformers-4' ? largest + 1 : next + Math.max(rows, columns);
    if (isVideo) videos++;
    else images++;
    i += tokens;
  }
  if (images !== (row.imageGrids?.length ?? 0) || videos !== (row.videoGrids?.length ?? 0)) {
    throw badRow(
      `the row has placeholders for ${images} images and ${videos} videos, got ${row.imageGrids?.length ?? 0} and ${row.videoGrids?.length ?? 0} grids`,
    );
  }
  return { positions, delta: largest + 1 - N };
}

/** Merged tokens of a grid, i.e. placeholders it needs. @throws LabError `dataset/bad-row`. */
export function checkedTokens(grid: GridThw, merge: number, which = 'picture'): number {
  const [t, h, w] = grid;
  const isWhole =
    grid.every((n) => Number.isInteger(n) && n > 0) && h % merge === 0 && w % merge === 0;
  if (!isWhole) {
    throw badRow(
      `${which} has grid [${grid.join(', ')}], expected h and w as multiples of ${merge}`,
    );
  }
  return (t * h * w) / merge ** 2;
}

/**
 * Time index of a frame, relative to the start of its video. Products are rounded to f32 in the order
 * in which the references take them, because the floor that follows turns a last bit into a whole step.
 */
function frameIndex(
  frame: number,
  seconds: number | undefined,
  tokensPerSecond: number,
  rule: MropeRule,
): number {
  if (seconds === undefined) return frame;
  const f = Math.fround;
  return Math.trunc(
    rule === 'transformers-4'
      ? f(f(frame * f(seconds)) * tokensPerSecond)
      : f(frame * f(tokensPerSecond * f(seconds))),
  );
}

function badRow(problem: string): LabError {
  return new LabError('dataset/bad-row', `[mrope] ${problem}`, {
    hint: 'Each picture needs one placeholder token per merged patch, in the order of the pictures.',
  });
}
