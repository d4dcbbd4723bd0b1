/** Pictures of the world as PNG bytes, through sharp. */
import sharp from 'sharp';
import type { WorldImage } from './types.ts';

export async function encodePng(image: WorldImage): Promise<Buffer> {
  return sharp(image.rgb, { raw: { width: image.width, height: image.height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
