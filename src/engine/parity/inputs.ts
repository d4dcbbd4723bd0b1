/**
 * What goes into the model against the references: positions, window order, segments, patches.
 * Integers must be equal; patches agree to rounding, and to two grey levels where a resize is needed
 * (the two Hugging Face processors differ from each other by one).
 */

import type { RgbImage } from '../files/image.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import {
  type ProcessorSettings,
  processImages,
  processVideo,
  readProcessor,
} from '../models/qwen2-5-vl/processor.ts';
import { visionLayout } from '../models/qwen2-5-vl/vision-layout.ts';
import type { Packed } from '../policy/pack.ts';
import { compare, EXACT, type ParityRow, type Tolerance } from './difference.ts';
import { type CaseRow, CaseTensors, type Fixture } from './fixture.ts';

const NO_RESIZE: Tolerance = { abs: 1e-5 };
const RESIZED: Tolerance = { abs: 0.02 };

interface Placed {
  readonly rows: readonly CaseRow[];
  readonly packed: Packed;
  readonly width: number;
}

export function* checkPositions(
  config: ModelConfig,
  tensors: CaseTensors,
  work: Placed,
): Generator<ParityRow> {
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const batch = work.rows.length;
  const positions = new Int32Array(3 * batch * work.width);
  const deltas = new Int32Array(batch);
  work.rows.forEach((row, b) => {
    const tree = work.packed.trees[b];
    const start = tree?.promptStart ?? 0;
    let largest = 0;
    for (let axis = 0; axis < 3; axis++) {
      for (let i = 0; i < row.ids.length; i++) {
        const position = work.packed.positions[axis * work.packed.tokens + start + i] ?? 0;
        positions[(axis * batch + b) * work.width + row.from + i] = position;
        largest = Math.max(largest, position);
      }
    }
    deltas[b] = largest + 1 - row.ids.length;
  });
  yield compare(at('position_ids'), positions, tensors.i32('position_ids'), EXACT);
  yield compare(at('rope_deltas'), deltas, tensors.i32('rope_deltas'), EXACT);
  if (!tensors.has('vision_window_index')) return;
  const grids = work.rows.flatMap((row) => row.visuals.map((visual) => visual.grid));
  const layout = visionLayout(config, grids);
  yield compare(at('vision_rope_hw'), layout.ropeHw, tensors.i32('vision_rope_hw'), EXACT);
  yield compare(at('vision_window_index'), layout.order, tensors.i32('vision_window_index'), EXACT);
  yield compare(
    at('vision_cu_window_seqlens'),
    borders(layout.windowSegments),
    tensors.i32('vision_cu_window_seqlens'),
    EXACT,
  );
  yield compare(
    at('vision_cu_seqlens'),
    borders(layout.fullSegments),
    tensors.i32('vision_cu_seqlens'),
    EXACT,
  );
}

/** Segments (start, length, ..) -> 0 and the end of each. */
function borders(segments: Int32Array): number[] {
  const ends = [0];
  for (let i = 0; i < segments.length; i += 4)
    ends.push((segments[i] ?? 0) + (segments[i + 1] ?? 0));
  return ends;
}

export function* checkPreprocessing(fixture: Fixture, config: ModelConfig): Generator<ParityRow> {
  const processor = readProcessor(`${fixture.folder}/model`, config);
  for (const name of caseNames(fixture)) {
    const tensors = new CaseTensors(fixture, name);
    if (name.startsWith('preprocess_')) yield* checkResize(tensors, processor);
    else yield* checkPatches(tensors, processor);
  }
}

function caseNames(fixture: Fixture): string[] {
  const pictured = [...fixture.tensors.keys()].filter((key) => /_rgb_u8/.test(key));
  return [...new Set(pictured.map((key) => key.slice(0, key.lastIndexOf('/'))))];
}

function* checkPatches(tensors: CaseTensors, processor: ProcessorSettings): Generator<ParityRow> {
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const images = tensors
    .names('image_rgb_u8_')
    .sort()
    .flatMap((name) => pictures(tensors, name));
  if (images.length > 0 && tensors.has('pixel_values')) {
    const { pixels } = processImages(processor.image, images);
    yield compare(at('pixel_values'), pixels, tensors.f32('pixel_values'), NO_RESIZE);
  }
  if (tensors.has('video_rgb_u8')) {
    const { pixels } = processVideo(processor.video, pictures(tensors, 'video_rgb_u8'));
    yield compare(at('pixel_values_videos'), pixels, tensors.f32('pixel_values_videos'), NO_RESIZE);
  }
}

function* checkResize(tensors: CaseTensors, processor: ProcessorSettings): Generator<ParityRow> {
  const { pixels } = processImages(processor.image, pictures(tensors, 'image_rgb_u8'));
  for (const name of tensors.names('pixel_values_')) {
    yield compare({ case: tensors.name, tensor: name }, pixels, tensors.f32(name), RESIZED);
  }
}

/** [H, W, 3] or [F, H, W, 3] u8 -> pictures. */
function pictures(tensors: CaseTensors, name: string): RgbImage[] {
  const { shape, bytes } = tensors.get(name);
  const [height = 0, width = 0] = shape.slice(-3);
  const size = height * width * 3;
  const data = bytes();
  return Array.from({ length: data.length / size }, (_, i) => ({
    width,
    height,
    data: data.subarray(i * size, (i + 1) * size),
  }));
}
