/**
 * Picture files in (PNG, JPEG or WebP, by path or bytes), 8-bit RGB pixels out, as Pillow gives them:
 * EXIF orientation applied, alpha dropped, embedded colour profiles ignored, first frame of an
 * animation. The signature and the header are checked before anything is decoded.
 */
import { readFileSync, statSync } from 'node:fs';
import sharp from 'sharp';
import { LabError } from '../../shared/errors.ts';

export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] u8. */
  readonly data: Uint8Array;
}

export interface ImageLimits {
  /** Default 64 MiB. */
  readonly maxBytes?: number;
  /** Default 2^26 (8192 x 8192): 192 MiB of RGB. */
  readonly maxPixels?: number;
}

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const DEFAULT_MAX_PIXELS = 2 ** 26;

/**
 * @throws LabError `file/missing`, `image/too-large` (bytes or pixels), `image/invalid` (format, damage).
 */
export async function decodeImage(
  source: string | Uint8Array,
  limits: ImageLimits = {},
): Promise<RgbImage> {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  const maxPixels = limits.maxPixels ?? DEFAULT_MAX_PIXELS;
  const name = typeof source === 'string' ? source : 'image';
  const bytes = typeof source === 'string' ? readImageFile(source, maxBytes) : source;
  if (bytes.byteLength > maxBytes) throw tooManyBytes(name, bytes.byteLength, maxBytes);
  if (!hasKnownSignature(bytes)) {
    throw new LabError('image/invalid', `[image] ${name} is not a PNG, JPEG or WebP file`);
  }
  try {
    const picture = sharp(bytes, {
      // Checked below with an error of our own; 0 would turn sharp's guard off.
      limitInputPixels: maxPixels,
      failOn: 'error',
      ignoreIcc: true,
    });
    const { width, height } = await picture.metadata();
    if (width * height > maxPixels) throw tooManyPixels(name, width, height, maxPixels);
    const { data, info } = await picture
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/exceeds pixel limit/i.test(reason)) {
      throw new LabError('image/too-large', `[image] ${name} has more than ${maxPixels} pixels`, {
        cause,
      });
    }
    throw new LabError('image/invalid', `[image] ${name} cannot be decoded: ${reason}`, { cause });
  }
}

function readImageFile(path: string, maxBytes: number): Uint8Array {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isFile()) throw new LabError('file/missing', `[image] no file at ${path}`);
  if (info.size > maxBytes) throw tooManyBytes(path, info.size, maxBytes);
  return readFileSync(path);
}

/** Other formats (SVG, TIFF, PDF) may pull in files or code paths nobody asked for. */
function hasKnownSignature(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 12));
  const hex = head.toString('hex');
  return (
    hex.startsWith('89504e470d0a1a0a') ||
    hex.startsWith('ffd8ff') ||
    (hex.startsWith('52494646') && hex.endsWith('57454250'))
  );
}

function tooManyBytes(name: string, got: number, most: number): LabError {
  return new LabError(
    'image/too-large',
    `[image] ${name} has ${got} bytes, at most ${most} are read`,
  );
}

function tooManyPixels(name: string, width: number, height: number, most: number): LabError {
  return new LabError(
    'image/too-large',
    `[image] ${name} has ${width} x ${height} pixels, at most ${most} are decoded`,
    { hint: 'Scale the picture down first.' },
  );
}
