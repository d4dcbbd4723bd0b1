/**
 * Where the patches of a batch of pictures stand in the vision tower: grids in, the window permutation
 * and the attention segments out. Tokens run in window order (all tokens of a window side by side), so
 * that window attention and per-frame attention are both plain segment lists.
 */
import type { ModelConfig } from './config.ts';
import { checkedTokens, type GridThw } from './mrope.ts';

export interface VisionLayout {
  /** I, all pictures together. */
  readonly patches: number;
  /** [I/merge^2] i32: window-order slot -> merged token (`vision_window_index`). */
  readonly order: Int32Array<ArrayBuffer>;
  /** [I/merge^2] i32: merged token -> window-order slot; gathers the merger's output back. */
  readonly inverse: Int32Array<ArrayBuffer>;
  /** [I] i32: window-order patch slot -> patch; gathers pixel rows into window order. */
  readonly patchOrder: Int32Array<ArrayBuffer>;
  /** [M, 4] i32 (start, length, 0, 0) in window order: one per window. */
  readonly windowSegments: Int32Array<ArrayBuffer>;
  /** [M, 4] i32 (start, length, 0, 0): one per FRAME; frames keep their place in window order. */
  readonly fullSegments: Int32Array<ArrayBuffer>;
  /** [I, 2] i32 (row, column) of each patch in merge-block order, before the permutation. */
  readonly ropeHw: Int32Array<ArrayBuffer>;
  /** Merged tokens of each picture, in order. */
  readonly tokensPerPicture: readonly number[];
}

/** @throws LabError `dataset/bad-row` for a grid that does not divide into merge blocks. */
export function visionLayout(config: ModelConfig, grids: readonly GridThw[]): VisionLayout {
  const { spatialMergeSize: merge, patchSize, windowSize } = config.vision;
  const unit = merge ** 2;
  const side = Math.floor(Math.floor(windowSize / merge) / patchSize);
  const tokensPerPicture = grids.map((grid, n) => checkedTokens(grid, merge, `picture ${n}`));
  const merged = tokensPerPicture.reduce((a, b) => a + b, 0);
  const patches = merged * unit;
  const order = new Int32Array(merged);
  const inverse = new Int32Array(merged);
  const patchOrder = new Int32Array(patches);
  const ropeHw = new Int32Array(2 * patches);
  const windows: number[] = [];
  const frames: number[] = [];
  let slot = 0;
  let base = 0;
  let patch = 0;
  for (const [t, h, w] of grids) {
    const [rows, columns] = [h / merge, w / merge];
    for (let frame = 0; frame < t; frame++) {
      frames.push(base * unit, h * w, 0, 0);
      // Border windows are smaller; stepping by whole windows never makes an empty one.
      for (let top = 0; top < rows; top += side) {
        for (let left = 0; left < columns; left += side) {
          const start = slot;
          for (let y = top; y < Math.min(top + side, rows); y++) {
            for (let x = left; x < Math.min(left + side, columns); x++) {
              order[slot++] = base + y * columns + x;
            }
          }
          windows.push(start * unit, (slot - start) * unit, 0, 0);
        }
      }
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          for (let k = 0; k < unit; k++, patch++) {
            ropeHw[2 * patch] = y * merge + Math.floor(k / merge);
            ropeHw[2 * patch + 1] = x * merge + (k % merge);
          }
        }
      }
      base += rows * columns;
    }
  }
  for (let i = 0; i < merged; i++) {
    const token = order[i] ?? 0;
    inverse[token] = i;
    for (let k = 0; k < unit; k++) patchOrder[i * unit + k] = token * unit + k;
  }
  return {
    patches,
    order,
    inverse,
    patchOrder,
    windowSegments: Int32Array.from(windows),
    fullSegments: Int32Array.from(frames),
    ropeHw,
    tokensPerPicture,
  };
}
