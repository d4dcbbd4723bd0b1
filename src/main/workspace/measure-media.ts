/**
 * Size of pictures, length of sounds: content and its sniffed type come in; width and height of the
 * upright picture or seconds go out. Only headers are read; a picture whose header promises more pixels
 * than allowed is refused before anything of it is decoded.
 */
import { open } from 'node:fs/promises';
import { LabError } from '../../shared/errors.ts';
import type { MediaType } from '../../shared/model/media.ts';

export interface ImageLimits {
  /** Default 2^26, 8192 x 8192, as the engine decodes. */
  readonly maxPixels?: number;
  /** Default 64 MiB. */
  readonly maxImageBytes?: number;
}

export interface Measures {
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
}

export const MAX_PIXELS = 2 ** 26;
export const MAX_IMAGE_BYTES = 64 * 2 ** 20;
/** A sound's headers end far before this. */
const SOUND_HEAD_BYTES = 64 * 1024;

/**
 * @param source bytes, or the path of a file
 * @throws LabError `image/invalid`, `image/too-large`
 */
export async function measureMedia(
  type: MediaType,
  source: Uint8Array | string,
  name: string,
  limits: ImageLimits,
): Promise<Measures> {
  if (type.startsWith('image/')) return await measureImage(source, name, limits);
  if (type !== 'audio/wav' && type !== 'audio/flac') return {};
  const head = typeof source === 'string' ? await headOf(source) : source;
  const seconds = type === 'audio/wav' ? wavSeconds(head) : flacSeconds(head);
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? { seconds } : {};
}

async function measureImage(
  source: Uint8Array | string,
  name: string,
  limits: ImageLimits,
): Promise<Measures> {
  const maxPixels = limits.maxPixels ?? MAX_PIXELS;
  const maxBytes = limits.maxImageBytes ?? MAX_IMAGE_BYTES;
  if (typeof source !== 'string' && source.byteLength > maxBytes) {
    throw new LabError(
      'image/too-large',
      `[image] ${name} has ${source.byteLength} bytes, at most ${maxBytes} are stored`,
    );
  }
  const { width, height } = await headerOf(source, name);
  if (width * height > maxPixels) {
    throw new LabError(
      'image/too-large',
      `[image] ${name} has ${width} x ${height} pixels, at most ${maxPixels} are shown`,
    );
  }
  return { width, height };
}

/** The pixel limit is checked here, with a message of our own; reading a header decodes nothing. */
async function headerOf(
  source: Uint8Array | string,
  name: string,
): Promise<{ width: number; height: number }> {
  try {
    // Loaded when the first picture comes: the start of the app needs none.
    const { default: sharp } = await import('sharp');
    const { autoOrient } = await sharp(source, { limitInputPixels: false }).metadata();
    if (autoOrient.width > 0 && autoOrient.height > 0) return autoOrient;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('image/invalid', `[image] ${name} cannot be read: ${reason}`, { cause });
  }
  throw new LabError('image/invalid', `[image] ${name} has no size`);
}

async function headOf(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(SOUND_HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** RIFF chunks: `fmt ` holds the byte rate, `data` the bytes. */
function wavSeconds(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let byteRate: number | undefined;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const id = view.getUint32(at, false);
    const size = view.getUint32(at + 4, true);
    if (id === 0x666d7420 && at + 20 <= view.byteLength) byteRate = view.getUint32(at + 16, true);
    if (id === 0x64617461) return byteRate ? size / byteRate : undefined;
    // Chunks are padded to an even length.
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** STREAMINFO: 20 bits sample rate, then 36 bits count of samples in the last 5 of 8 bytes. */
function flacSeconds(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < 26) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getBigUint64(18, false);
  const rate = Number(packed >> 44n);
  const samples = Number(packed & 0xf_ffff_ffffn);
  return rate > 0 && samples > 0 ? samples / rate : undefined;
}
