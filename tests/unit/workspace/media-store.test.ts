/** Media by content hash: what is kept, once, as what, and its thumbnails. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { MediaStore } from '../../../src/main/workspace/media-store.ts';
import { storeMediaFile } from '../../../src/main/workspace/store-media.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { picture, wav } from './pictures.ts';
import { temporaryFolder } from './temporary-folder.ts';

function openStore(): { workspace: Workspace; media: MediaStore } {
  const workspace = Workspace.open({ path: temporaryFolder() });
  return { workspace, media: new MediaStore({ workspace: workspace.path, db: workspace.db }) };
}

describe('MediaStore', () => {
  it.each([
    ['png', 'image/png', 'png'],
    ['jpeg', 'image/jpeg', 'jpg'],
    ['webp', 'image/webp', 'webp'],
    ['gif', 'image/gif', 'gif'],
    ['avif', 'image/avif', 'avif'],
  ] as const)('keeps %s as it came, under its hash', async (format, type, extension) => {
    const { workspace, media } = openStore();
    const bytes = await picture(format);
    const ref = await media.put(bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(ref).toEqual({ sha256, type, bytes: bytes.length, width: 40, height: 20 });
    expect(media.path(sha256)).toBe(
      join(workspace.path, 'media', sha256.slice(0, 2), `${sha256}.${extension}`),
    );
    expect(readFileSync(media.path(sha256)).equals(bytes)).toBe(true);
    expect(media.get(sha256)).toEqual(ref);
    workspace.dispose();
  });

  it('knows sounds and how long they are', async () => {
    const { workspace, media } = openStore();
    const ref = await media.put(wav(1.5));
    expect(ref).toMatchObject({ type: 'audio/wav', seconds: 1.5 });
    await expect(media.thumbnail(ref.sha256, 64)).rejects.toMatchObject({
      code: 'media/unsupported',
    });
    workspace.dispose();
  });

  it('stores the same content once, from bytes and files, also at the same time', async () => {
    const { workspace, media } = openStore();
    const bytes = await picture('png');
    const file = join(temporaryFolder(), 'a name that lies.svg');
    writeFileSync(file, bytes);
    const refs = await Promise.all([media.put(bytes), media.put(file), media.put(bytes)]);
    await media.put(file);
    expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
    const [first] = refs;
    const folder = join(workspace.path, 'media', first?.sha256.slice(0, 2) ?? '');
    expect(readdirSync(folder)).toHaveLength(1);
    expect(workspace.db.prepare('SELECT count(*) FROM media').pluck().get()).toBe(1);
    // The source stays where it was.
    expect(existsSync(file)).toBe(true);
    workspace.dispose();
  });

  it('mends a damaged file when its content comes again', async () => {
    const { workspace, media } = openStore();
    const bytes = await picture('png');
    const { sha256 } = await media.put(bytes);
    writeFileSync(media.path(sha256), 'half');
    await media.put(bytes);
    expect(readFileSync(media.path(sha256)).equals(bytes)).toBe(true);
    workspace.dispose();
  });

  it('measures the upright picture', async () => {
    const { workspace, media } = openStore();
    const ref = await media.put(await picture('jpeg', { orientation: 6 }));
    expect(ref).toMatchObject({ width: 20, height: 40 });
    const thumb = await sharp(await media.thumbnail(ref.sha256, 64)).metadata();
    expect(thumb).toMatchObject({ format: 'webp', width: 20, height: 40 });
    workspace.dispose();
  });

  it('makes a thumbnail once for all that ask, never larger than the picture', async () => {
    const { workspace, media } = openStore();
    const ref = await media.put(await picture('jpeg', { width: 900, height: 300 }));
    const paths = await Promise.all([1, 2, 3, 4, 5].map(() => media.thumbnail(ref.sha256, 240)));
    const [path = ''] = paths;
    expect(new Set(paths).size).toBe(1);
    expect(await sharp(path).metadata()).toMatchObject({ width: 240, height: 80 });
    const { mtimeMs, ino } = statSync(path);
    await media.thumbnail(ref.sha256, 240);
    expect(statSync(path)).toMatchObject({ mtimeMs, ino });
    const sizes = await Promise.all(
      ([64, 160, 480] as const).map((px) => media.thumbnail(ref.sha256, px)),
    );
    expect(new Set(sizes).size).toBe(3);
    workspace.dispose();
  });

  it('says so when the picture of a thumbnail is gone or unknown', async () => {
    const { workspace, media } = openStore();
    const missing = { code: 'media/missing' };
    await expect(media.thumbnail('0'.repeat(64), 64)).rejects.toMatchObject(missing);
    expect(() => media.path('0'.repeat(64))).toThrow(expect.objectContaining(missing));
    const stored = await storeMediaFile(workspace.path, await picture('png'));
    expect(media.has(stored.sha256)).toBe(false);
    media.register([stored, stored]);
    expect(media.has(stored.sha256)).toBe(true);
    media.register([{ ...stored, sha256: 'a'.repeat(64) }]);
    await expect(media.thumbnail('a'.repeat(64), 64)).rejects.toMatchObject(missing);
    workspace.dispose();
  });
});
