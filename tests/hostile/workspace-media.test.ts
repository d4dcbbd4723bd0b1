/** Media from anywhere: bombs, lies, scripts and rests of files end in a typed error, nothing is kept. */
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sniffMedia } from '../../src/main/workspace/sniff-media.ts';
import { storeMediaFile } from '../../src/main/workspace/store-media.ts';
import { picture } from '../unit/workspace/pictures.ts';
import { temporaryFolder } from '../unit/workspace/temporary-folder.ts';

/** A PNG of a few hundred bytes whose header promises any number of pixels. */
function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(10_000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
}

async function refusal(content: Uint8Array | string): Promise<{ bytes: string; file: string }> {
  const workspace = temporaryFolder();
  const source = join(temporaryFolder(), 'cat.png');
  writeFileSync(source, content);
  const codeOf = async (given: Uint8Array | string): Promise<string> => {
    const thrown = await storeMediaFile(workspace, given).then(
      () => ({ code: 'kept' }),
      (error: { code: string }) => error,
    );
    return thrown.code;
  };
  const codes = { bytes: await codeOf(Buffer.from(content)), file: await codeOf(source) };
  expect(filesIn(join(workspace, 'media'))).toEqual([]);
  return codes;
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

describe('storeMediaFile refuses', () => {
  it.each([
    ['an SVG with a script', SVG],
    ['an SVG behind an XML declaration', `<?xml version="1.0"?>\n${SVG}`],
    ['an SVG behind white space', `   \n${SVG}`],
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['a PDF', '%PDF-1.7\n%âãÏÓ'],
    ['a PostScript file', '%!PS-Adobe-3.0 EPSF-3.0\n'],
    ['a shell script', '#!/bin/sh\nrm -rf ~\n'],
    ['a zip', Buffer.from('504b0304140000000800', 'hex')],
    ['an MVG image script', "push graphic-context\nimage over 0,0 0,0 'https://x'\n"],
    ['nothing', ''],
    ['a RIFF of another kind', 'RIFF\0\0\0\0AVI LIST'],
    ['HEIC', Buffer.from('000000186674797068656963000000006d69663168656963', 'hex')],
    [
      'an untyped Matroska file',
      Buffer.from('1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61', 'hex'),
    ],
  ])('%s', async (_what, content) => {
    expect(await refusal(content)).toEqual({
      bytes: 'media/unsupported',
      file: 'media/unsupported',
    });
  });

  it('a TIFF, which may hold anything', async () => {
    const content = await picture('tiff');
    expect(await refusal(content)).toEqual({
      bytes: 'media/unsupported',
      file: 'media/unsupported',
    });
  });

  it.each([
    [100_000, 100_000],
    [8193, 8192],
    [2 ** 31 - 1, 1],
  ])('a PNG that promises %i x %i pixels', async (width, height) => {
    const { bytes, file } = await refusal(pngBomb(width, height));
    expect(['image/too-large', 'image/invalid']).toContain(bytes);
    expect(file).toBe(bytes);
  });

  it('a bomb within libpng limits by its pixels, before decoding', async () => {
    expect(await refusal(pngBomb(60_000, 60_000))).toEqual({
      bytes: 'image/too-large',
      file: 'image/too-large',
    });
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'avif'] as const)(
    'the first bytes of a %s',
    async (format) => {
      const content = (await picture(format)).subarray(0, 24);
      const { bytes, file } = await refusal(content);
      expect(['image/invalid', 'media/unsupported']).toContain(bytes);
      expect(file).toBe(bytes);
    },
  );

  it('a picture of too many bytes', async () => {
    const content = await picture('png');
    const stored = storeMediaFile(temporaryFolder(), content, {
      maxImageBytes: content.length - 1,
    });
    await expect(stored).rejects.toMatchObject({ code: 'image/too-large' });
  });

  it.each(['a folder', 'nothing', 'a device', 'a link to nothing'])(
    '%s instead of a file',
    async (what) => {
      const folder = temporaryFolder();
      const link = join(folder, 'link');
      symlinkSync(join(folder, 'nowhere'), link);
      const paths: Record<string, string> = {
        'a folder': folder,
        nothing: join(folder, 'none.png'),
        'a device': '/dev/zero',
        'a link to nothing': link,
      };
      const stored = storeMediaFile(temporaryFolder(), paths[what] ?? '');
      await expect(stored).rejects.toMatchObject({ code: 'file/missing' });
    },
  );

  it('a folder it cannot write to, with a typed error', async () => {
    const workspace = temporaryFolder();
    writeFileSync(join(workspace, 'media'), 'a file is in the way');
    const stored = storeMediaFile(workspace, await picture('png'));
    await expect(stored).rejects.toMatchObject({ code: 'file/write-failed' });
  });
});

describe('storeMediaFile keeps', () => {
  it('a PNG with HTML behind it as the PNG it is', async () => {
    const workspace = temporaryFolder();
    const content = Buffer.concat([await picture('png'), Buffer.from('<script>alert(1)</script>')]);
    const ref = await storeMediaFile(workspace, content);
    expect(ref.type).toBe('image/png');
    expect(filesIn(join(workspace, 'media')).some((name) => name.endsWith('.png'))).toBe(true);
  });
});

describe('sniffMedia', () => {
  it('never throws, whatever the bytes', () => {
    for (let length = 0; length < 80; length += 1) {
      for (const fill of [0, 0xff, 0x52]) sniffMedia(new Uint8Array(length).fill(fill));
    }
    expect(sniffMedia(new Uint8Array(64).fill(0xff))).toBeUndefined();
  });
});
