/** Decoding real files made by sharp, and files that lie about themselves. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/engine/files/image.ts';

const pixels = Uint8Array.from({ length: 4 * 2 * 3 }, (_, i) => (i * 37) % 256);
const raw = () => sharp(pixels, { raw: { width: 4, height: 2, channels: 3 } });

describe('decodeImage', () => {
  it.each(['png', 'webp'] as const)('gives the pixels of a lossless %s', async (format) => {
    const bytes = await raw().toFormat(format, { lossless: true }).toBuffer();
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([4, 2]);
    expect([...image.data]).toEqual([...pixels]);
  });

  it('reads JPEG, greyscale and alpha as RGB', async () => {
    expect((await decodeImage(await raw().jpeg().toBuffer())).data.length).toBe(24);
    const grey = await raw().greyscale().png().toBuffer();
    expect((await decodeImage(grey)).data.length).toBe(24);
    const clear = await raw().ensureAlpha(0).png().toBuffer();
    expect([...(await decodeImage(clear)).data]).toEqual([...pixels]);
  });

  it('applies the EXIF orientation', async () => {
    const bytes = await raw().withMetadata({ orientation: 6 }).png().toBuffer();
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([2, 4]);
  });

  it('refuses a picture whose header claims billions of pixels', async () => {
    const png = Buffer.from(await raw().png().toBuffer());
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    await expect(decodeImage(png)).rejects.toMatchObject({ code: 'image/too-large' });
    const large = await raw().png().toBuffer();
    await expect(decodeImage(large, { maxPixels: 7 })).rejects.toMatchObject({
      code: 'image/too-large',
    });
    await expect(decodeImage(large, { maxBytes: 7 })).rejects.toMatchObject({
      code: 'image/too-large',
    });
  });

  it('refuses other formats and damaged files', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    await expect(decodeImage(svg)).rejects.toMatchObject({ code: 'image/invalid' });
    const png = await raw().png().toBuffer();
    await expect(decodeImage(png.subarray(0, 40))).rejects.toMatchObject({ code: 'image/invalid' });
    await expect(decodeImage('/nowhere.png')).rejects.toMatchObject({ code: 'file/missing' });
  });
});
