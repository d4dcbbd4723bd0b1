/**
 * Pictures in, normalised patch rows and grids out, as Qwen2VLImageProcessor computes them: smart
 * resize, (pixel / 255 - mean) / std per channel, patches in merge-block order, each patch as
 * (channel, time, y, x). Settings come from preprocessor_config.json or processor_config.json.
 */
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { checkFolder, optionalFileInFolder } from '../../files/folder.ts';
import type { RgbImage } from '../../files/image.ts';
import { readJsonFile } from '../../files/json-file.ts';
import { resizeBicubic } from '../../files/resize.ts';
import { roundHalfEven } from '../../files/tensor-data.ts';
import type { ModelConfig } from './config.ts';
import type { GridThw } from './mrope.ts';

export interface PictureSettings {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  readonly minPixels: number;
  readonly maxPixels: number;
  /** Per channel, of pixel / 255. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly rescaleFactor: number;
  readonly doResize: boolean;
}

export interface ProcessorSettings {
  readonly image: PictureSettings;
  readonly video: PictureSettings;
}

export interface PatchRows {
  /** [I, channels * time * patch * patch] f32, all pictures one after the other. */
  readonly pixels: Float32Array<ArrayBuffer>;
  readonly grids: readonly GridThw[];
}

const CHANNELS = 3;
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
/** Pillow's number for bicubic. */
const BICUBIC = 3;
const MAX_ASPECT_RATIO = 200;

const pixels = z
  .number()
  .int()
  .min(1)
  .max(2 ** 31);
const perChannel = z.union([z.number(), z.array(z.number()).length(CHANNELS)]);
const settingsSchema = z.looseObject({
  patch_size: z.number().int().min(1).max(1024).optional(),
  merge_size: z.number().int().min(1).max(16).optional(),
  temporal_patch_size: z.number().int().min(1).max(16).optional(),
  min_pixels: pixels.nullish(),
  max_pixels: pixels.nullish(),
  size: z
    .looseObject({ shortest_edge: pixels.nullish(), longest_edge: pixels.nullish() })
    .nullish(),
  image_mean: perChannel.default(CLIP_MEAN),
  image_std: perChannel.default(CLIP_STD),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  resample: z.number().int().default(BICUBIC),
  do_resize: z.boolean().default(true),
  do_rescale: z.boolean().default(true),
  do_normalize: z.boolean().default(true),
});
const containerSchema = z.looseObject({
  image_processor: z.unknown().optional(),
  video_processor: z.unknown().optional(),
});

/**
 * Settings of a model folder; the family's defaults when it has no processor file.
 * @throws LabError `config/invalid` (shape, or patch sizes that differ from the model), `model/unsupported`, `file/*`.
 */
export function readProcessor(folder: string, config: ModelConfig): ProcessorSettings {
  checkFolder(folder);
  const read = (name: string) => {
    const path = optionalFileInFolder(folder, name);
    return path === undefined ? undefined : readJsonFile(path, { maxBytes: 2 ** 20 });
  };
  const container = containerSchema.safeParse(read('processor_config.json') ?? {}).data;
  const flat = read('preprocessor_config.json');
  const image = container?.image_processor ?? flat ?? {};
  // A video falls back to the picture settings file, as in Hugging Face, but has other default sizes.
  const video = container?.video_processor ?? read('video_preprocessor_config.json') ?? flat ?? {};
  const { patchSize } = config.vision;
  const unit = patchSize ** 2 * config.vision.spatialMergeSize ** 2;
  return {
    image: settingsOf(image, 'image', config, [4 * unit, 1280 * unit]),
    video: settingsOf(video, 'video', config, [128 * unit, 768 * unit]),
  };
}

function settingsOf(
  json: unknown,
  kind: string,
  config: ModelConfig,
  [defaultMin, defaultMax]: readonly [number, number],
): PictureSettings {
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    throw new LabError(
      'config/invalid',
      `[processor] ${kind} settings: ${z.prettifyError(parsed.error)}`,
    );
  }
  const raw = parsed.data;
  if (raw.resample !== BICUBIC || !raw.do_rescale || !raw.do_normalize) {
    throw new LabError(
      'model/unsupported',
      `[processor] ${kind}: expected bicubic resampling (3), do_rescale and do_normalize, got resample ${raw.resample}, ${raw.do_rescale}, ${raw.do_normalize}`,
    );
  }
  const { vision } = config;
  const settings: PictureSettings = {
    patchSize: raw.patch_size ?? vision.patchSize,
    mergeSize: raw.merge_size ?? vision.spatialMergeSize,
    temporalPatchSize: raw.temporal_patch_size ?? vision.temporalPatchSize,
    minPixels: raw.min_pixels ?? raw.size?.shortest_edge ?? defaultMin,
    maxPixels: raw.max_pixels ?? raw.size?.longest_edge ?? defaultMax,
    mean: channels(raw.image_mean),
    std: channels(raw.image_std),
    rescaleFactor: raw.rescale_factor,
    doResize: raw.do_resize,
  };
  const got = [settings.patchSize, settings.mergeSize, settings.temporalPatchSize];
  const wanted = [vision.patchSize, vision.spatialMergeSize, vision.temporalPatchSize];
  if (got.join() !== wanted.join()) {
    throw new LabError(
      'config/invalid',
      `[processor] ${kind}: patch, merge and temporal sizes [${got.join(', ')}] differ from the model's [${wanted.join(', ')}]`,
    );
  }
  if (settings.minPixels > settings.maxPixels || settings.std.some((value) => value === 0)) {
    throw new LabError(
      'config/invalid',
      `[processor] ${kind}: expected min_pixels <= max_pixels and non-zero std, got ${settings.minPixels}, ${settings.maxPixels}, [${settings.std.join(', ')}]`,
    );
  }
  return settings;
}

function channels(value: number | number[]): readonly number[] {
  return typeof value === 'number' ? new Array<number>(CHANNELS).fill(value) : value;
}

/**
 * Size to which a picture is brought: both sides multiples of patch * merge, the area within
 * [minPixels, maxPixels], the aspect ratio nearly kept. Halves round to even (40 over 16 gives 2).
 * @throws LabError `image/invalid` for an empty picture or an aspect ratio above 200.
 */
export function smartResize(
  height: number,
  width: number,
  settings: PictureSettings,
): { readonly height: number; readonly width: number } {
  const { minPixels, maxPixels } = settings;
  const factor = settings.patchSize * settings.mergeSize;
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  if (short < 1 || long / short > MAX_ASPECT_RATIO) {
    throw new LabError(
      'image/invalid',
      `[processor] expected sides of at least 1 and a ratio of at most ${MAX_ASPECT_RATIO}, got ${width} x ${height}`,
    );
  }
  const rounded = [height, width].map((side) => roundHalfEven(side / factor) * factor);
  const [h = 0, w = 0] = rounded;
  if (h * w > maxPixels) {
    const beta = Math.sqrt((height * width) / maxPixels);
    const shrink = (side: number) => Math.max(factor, Math.floor(side / beta / factor) * factor);
    return { height: shrink(height), width: shrink(width) };
  }
  if (h * w < minPixels) {
    const beta = Math.sqrt(minPixels / (height * width));
    const grow = (side: number) => Math.ceil((side * beta) / factor) * factor;
    return { height: grow(height), width: grow(width) };
  }
  return { height: h, width: w };
}

/** Patches of a picture of this size: [1, h, w] before the merge. */
export function imageGrid(settings: PictureSettings, height: number, width: number): GridThw {
  const size = smartResize(height, width, settings);
  return [1, size.height / settings.patchSize, size.width / settings.patchSize];
}

/** Placeholder tokens that a grid takes in the prompt. */
export function tokenCount(settings: PictureSettings, [t, h, w]: GridThw): number {
  return (t * h * w) / settings.mergeSize ** 2;
}

/** @throws LabError `image/invalid`. */
export function processImages(settings: PictureSettings, images: readonly RgbImage[]): PatchRows {
  return joined(images.map((image) => patchRows(settings, [fitted(settings, image)])));
}

/**
 * One video: frames of equal size; the last is repeated to fill the temporal patch.
 * @throws LabError `image/invalid` for no frames or frames of different sizes.
 */
export function processVideo(settings: PictureSettings, frames: readonly RgbImage[]): PatchRows {
  const first = frames[0];
  const isEven = frames.every((f) => f.width === first?.width && f.height === first.height);
  if (!first || !isEven) {
    throw new LabError(
      'image/invalid',
      `[processor] expected at least one frame and all of one size, got ${frames.length} frames`,
    );
  }
  return patchRows(
    settings,
    frames.map((frame) => fitted(settings, frame)),
  );
}

/** Rows of several calls one after the other. */
export function joined(parts: readonly PatchRows[]): PatchRows {
  const pixels = new Float32Array(parts.reduce((total, part) => total + part.pixels.length, 0));
  let at = 0;
  for (const part of parts) {
    pixels.set(part.pixels, at);
    at += part.pixels.length;
  }
  return { pixels, grids: parts.flatMap((part) => part.grids) };
}

function fitted(settings: PictureSettings, image: RgbImage): RgbImage {
  const expected = image.width * image.height * CHANNELS;
  if (image.data.length !== expected) {
    throw new LabError(
      'image/invalid',
      `[processor] ${image.width} x ${image.height} RGB takes ${expected} bytes, got ${image.data.length}`,
    );
  }
  const factor = settings.patchSize * settings.mergeSize;
  if (!settings.doResize) {
    if (image.width % factor === 0 && image.height % factor === 0) return image;
    throw new LabError(
      'image/invalid',
      `[processor] without resizing, sides must be multiples of ${factor}, got ${image.width} x ${image.height}`,
    );
  }
  const size = smartResize(image.height, image.width, settings);
  return resizeBicubic(image, size.width, size.height);
}

function patchRows(settings: PictureSettings, frames: readonly RgbImage[]): PatchRows {
  const { patchSize: p, mergeSize: merge, temporalPatchSize: time } = settings;
  const { width = 0, height = 0 } = frames[0] ?? {};
  const [t, h, w] = [Math.ceil(frames.length / time), height / p, width / p];
  const pixels = new Float32Array(t * h * w * CHANNELS * time * p * p);
  const table = normalisation(settings);
  let at = 0;
  for (let step = 0; step < t; step++) {
    for (let block = 0; block < (h * w) / merge ** 2; block++) {
      const [top, left] = [Math.floor(block / (w / merge)) * merge, (block % (w / merge)) * merge];
      for (let k = 0; k < merge ** 2; k++) {
        const [y0, x0] = [(top + Math.floor(k / merge)) * p, (left + (k % merge)) * p];
        for (let c = 0; c < CHANNELS; c++) {
          for (let dt = 0; dt < time; dt++) {
            const frame = frames[Math.min(step * time + dt, frames.length - 1)]?.data;
            for (let y = y0; y < y0 + p; y++) {
              for (let x = x0; x < x0 + p; x++) {
                pixels[at++] = table[c * 256 + (frame?.[(y * width + x) * CHANNELS + c] ?? 0)] ?? 0;
              }
            }
          }
        }
      }
    }
  }
  return { pixels, grids: [[t, h, w]] };
}

/** [3, 256] normalised value of each level; the rescale is folded into mean and std in f32, as the reference does. */
function normalisation(settings: PictureSettings): Float32Array {
  const table = new Float32Array(CHANNELS * 256);
  const f = Math.fround;
  const scale = f(1 / settings.rescaleFactor);
  for (let c = 0; c < CHANNELS; c++) {
    const mean = f(f(settings.mean[c] ?? 0) * scale);
    const std = f(f(settings.std[c] ?? 1) * scale);
    for (let level = 0; level < 256; level++) table[c * 256 + level] = f(level - mean) / std;
  }
  return table;
}
