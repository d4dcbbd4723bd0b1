/** Pictures as PNG bytes, and back, through sharp. */
import sharp from 'sharp';
import type { WorldImage } from './types.ts';

export async function encodePng(image: WorldImage): Promise<Buffer> {
  return sharp(image.rgb, { raw: { width: image.width, height: image.height, channels: 3 } }).png({ compressionLevel: 9 }).toBuffer();
}

export async function decodePng(bytes: Uint8Array): Promise<WorldImage> {
  const { data, info } = await sharp(bytes).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: new Uint8Array(data) };
}
