/** Patch rows against the Hugging Face processors: equal without a resize, Pillow's own levels with one. */
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../../src/engine/files/image.ts';
import {
  imageGrid,
  processImages,
  processVideo,
  readProcessor,
  smartResize,
  tokenCount,
} from '../../../src/engine/models/qwen2-5-vl/processor.ts';
import { readConfig } from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import { BENCH, fixture, floats, grids, has, PARITY_MODEL } from '../../support/public-fixture.ts';

const { config } = readConfig(PARITY_MODEL);
const { image: settings, video: videoSettings } = readProcessor(PARITY_MODEL, config);

function rgb(name: string): RgbImage {
  const { shape, bytes } = fixture(name);
  const [height = 0, width = 0] = shape;
  return { height, width, data: bytes() };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe('processImages', () => {
  it.each(['image', 'two_images'])('gives pixel_values of case %s', (name) => {
    const images = [0, 1].map((k) => `${name}/image_rgb_u8_${k}`).filter(has);
    const rows = processImages(settings, images.map(rgb));
    expect(rows.grids).toEqual(grids(`${name}/image_grid_thw`));
    expect(largestDifference(rows.pixels, floats(`${name}/pixel_values`))).toBeLessThan(1e-6);
  });

  it.each([0, 1])('resizes picture %i as Pillow does, and within one level of torchvision', (k) => {
    const image = rgb(`preprocess_${k}/image_rgb_u8`);
    const rows = processImages(settings, [image]);
    expect(rows.grids).toEqual(grids(`preprocess_${k}/image_grid_thw`));
    expect(imageGrid(settings, image.height, image.width)).toEqual(rows.grids[0]);
    expect(largestDifference(rows.pixels, floats(`preprocess_${k}/pixel_values_pil`))).toBeLessThan(
      1e-6,
    );
    expect(
      largestDifference(rows.pixels, floats(`preprocess_${k}/pixel_values_torchvision`)),
    ).toBeLessThan(0.02);
  });
});

describe('processVideo', () => {
  it('repeats the last of an odd number of frames', () => {
    const { shape, bytes } = fixture('video/video_rgb_u8');
    const [count = 0, height = 0, width = 0] = shape;
    const size = height * width * 3;
    const frames = Array.from({ length: count }, (_, f) => {
      return { height, width, data: bytes().subarray(f * size, (f + 1) * size) };
    });
    const rows = processVideo({ ...videoSettings, minPixels: 256 }, frames);
    expect(rows.grids).toEqual(grids('video/video_grid_thw'));
    expect(largestDifference(rows.pixels, floats('video/pixel_values_videos'))).toBeLessThan(1e-6);
  });

  it('refuses frames of different sizes', () => {
    const frame = (width: number) => ({ width, height: 16, data: new Uint8Array(width * 48) });
    expect(() => processVideo(videoSettings, [frame(16), frame(32)])).toThrow(
      expect.objectContaining({ code: 'image/invalid' }),
    );
  });
});

describe('smartResize', () => {
  it('rounds halves to even', () => {
    expect(smartResize(40, 40, settings)).toEqual({ height: 32, width: 32 });
    expect(smartResize(56, 24, settings)).toEqual({ height: 64, width: 32 });
  });

  it('keeps the area within the limits', () => {
    expect(smartResize(2000, 1000, settings)).toEqual({ height: 352, width: 176 });
    expect(smartResize(3, 3, settings)).toEqual({ height: 16, width: 16 });
  });

  it('refuses extreme aspect ratios', () => {
    expect(() => smartResize(1, 201, settings)).toThrow(/ratio/);
    expect(() => smartResize(0, 10, settings)).toThrow(/sides/);
  });

  it('reads the nested settings of the bench folder', () => {
    const bench = readConfig(BENCH).config;
    const { image } = readProcessor(BENCH, bench);
    expect([image.minPixels, image.maxPixels]).toEqual([1024, 65536]);
    expect(tokenCount(image, imageGrid(image, 64, 64))).toBe(16);
  });
});
