/** Small real media for tests. */
import sharp from 'sharp';

export type PictureFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff';

/** A picture of one colour; another shade is other content. */
export async function picture(
  format: PictureFormat,
  options: { width?: number; height?: number; shade?: number; orientation?: number } = {},
): Promise<Buffer> {
  const { width = 40, height = 20, shade = 128, orientation } = options;
  const plain = sharp({
    create: { width, height, channels: 3, background: { r: shade, g: 60, b: 200 } },
  });
  const turned = orientation === undefined ? plain : plain.withMetadata({ orientation });
  return await turned.toFormat(format).toBuffer();
}

/** Mono 16-bit silence. */
export function wav(seconds: number, rate = 8000): Buffer {
  const bytes = Math.round(seconds * rate) * 2;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}
