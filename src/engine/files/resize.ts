/**
 * Bicubic resize of 8-bit RGB with antialiasing: two passes (columns, then rows), each rounded back to
 * 8 bits, with fixed-point weights of 22 bits. Same arithmetic as Pillow's, so equal to the last bit.
 */
import type { RgbImage } from './image.ts';

/** Keys' kernel parameter as in Pillow (OpenCV and torch's plain bicubic use -0.75). */
const A = -0.5;
/** Half width of the kernel in output pixels at scale 1. */
const SUPPORT = 2;
const PRECISION_BITS = 22;
const ONE = 2 ** PRECISION_BITS;

/** @returns the image itself when the size is already right. */
export function resizeBicubic(image: RgbImage, width: number, height: number): RgbImage {
  let current = image;
  if (current.width !== width) current = resizeColumns(current, width);
  if (current.height !== height) current = resizeRows(current, height);
  return current;
}

interface Taps {
  /** First input index of each output index. */
  readonly first: Int32Array;
  readonly counts: Int32Array;
  /** [size, width] fixed-point weights. */
  readonly weights: Float64Array;
  readonly width: number;
}

function taps(inputSize: number, outputSize: number): Taps {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT * filterScale;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputSize);
  const counts = new Int32Array(outputSize);
  const weights = new Float64Array(outputSize * width);
  for (let out = 0; out < outputSize; out++) {
    const center = (out + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const to = Math.min(inputSize, Math.trunc(center + support + 0.5));
    let total = 0;
    for (let i = from; i < to; i++) {
      const weight = cubic((i - center + 0.5) / filterScale);
      weights[out * width + i - from] = weight;
      total += weight;
    }
    for (let k = 0; k < to - from; k++) {
      const fixed = ((weights[out * width + k] ?? 0) / total) * ONE;
      weights[out * width + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    first[out] = from;
    counts[out] = to - from;
  }
  return { first, counts, weights, width };
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A;
  return 0;
}

function resizeColumns(image: RgbImage, width: number): RgbImage {
  const { first, counts, weights, width: tapWidth } = taps(image.width, width);
  const data = new Uint8Array(width * image.height * 3);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = ONE / 2;
        let at = (y * image.width + (first[x] ?? 0)) * 3 + c;
        for (let k = 0; k < (counts[x] ?? 0); k++, at += 3) {
          sum += (image.data[at] ?? 0) * (weights[x * tapWidth + k] ?? 0);
        }
        data[(y * width + x) * 3 + c] = toByte(sum);
      }
    }
  }
  return { width, height: image.height, data };
}

function resizeRows(image: RgbImage, height: number): RgbImage {
  const { first, counts, weights, width: tapWidth } = taps(image.height, height);
  const stride = image.width * 3;
  const data = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < stride; x++) {
      let sum = ONE / 2;
      let at = (first[y] ?? 0) * stride + x;
      for (let k = 0; k < (counts[y] ?? 0); k++, at += stride) {
        sum += (image.data[at] ?? 0) * (weights[y * tapWidth + k] ?? 0);
      }
      data[y * stride + x] = toByte(sum);
    }
  }
  return { width: image.width, height, data };
}

function toByte(sum: number): number {
  return Math.min(255, Math.max(0, Math.floor(sum / ONE)));
}
