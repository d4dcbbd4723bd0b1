/**
 * The file part of the media store, usable from any thread: bytes or a file come in, the content lies
 * in `media/ab/<sha256>.<ext>` and a {@link MediaRef} goes out. Knows no database.
 */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { MediaRef, MediaType } from '../../shared/model/media.ts';
import { placeFileAtomic, temporaryBeside, writeError } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type ImageLimits, MAX_IMAGE_BYTES, measureMedia } from './measure-media.ts';
import { HEAD_BYTES, sniffMedia } from './sniff-media.ts';

export interface StoreOptions extends ImageLimits {
  /** Of sound and video; pictures have their own limit. Default 4 GiB. */
  readonly maxBytes?: number;
  /** How the file is called in errors; default is its path, or 'media'. */
  readonly name?: string;
}

const EXTENSIONS: Readonly<Record<MediaType, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/flac': 'flac',
  'audio/ogg': 'ogg',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
};
const MAX_BYTES = 4 * 2 ** 30;
/** Up to here a file is read once into memory; beyond it is copied first and hashed as a stream. */
const IN_MEMORY_BYTES = 64 * 2 ** 20;

/**
 * Where content lies in a workspace. The hash may come from a database or a dataset of anyone.
 * @throws LabError `file/unsafe` for what is no hash or no type of media
 */
export function mediaPath(
  workspace: string,
  { sha256, type }: Pick<MediaRef, 'sha256' | 'type'>,
): string {
  if (!isHash(sha256) || !Object.hasOwn(EXTENSIONS, type)) {
    throw new LabError('file/unsafe', `[media] ${sha256.slice(0, 64)} (${type}) is no media`);
  }
  return join(workspace, 'media', sha256.slice(0, 2), `${sha256}.${EXTENSIONS[type]}`);
}

/**
 * Stores content once. The same content again is found by its hash and not written.
 * @param workspace folder of the workspace
 * @param source bytes, or the path of a file
 * @throws LabError `media/unsupported`, `image/invalid`, `image/too-large`, `file/missing`, `file/write-failed`
 */
export async function storeMediaFile(
  workspace: string,
  source: Uint8Array | string,
  options: StoreOptions = {},
): Promise<MediaRef> {
  const name = options.name ?? (typeof source === 'string' ? source : 'media');
  if (typeof source !== 'string') return await storeBytes(workspace, source, name, options);
  const size = await sizeOf(source);
  const type = typeOrThrow(await headOf(source), name);
  const limit = type.startsWith('image/')
    ? (options.maxImageBytes ?? MAX_IMAGE_BYTES)
    : (options.maxBytes ?? MAX_BYTES);
  assertBytes(name, size, limit);
  if (size <= IN_MEMORY_BYTES) {
    return await storeBytes(workspace, await readFile(source), name, options);
  }
  return await storeLargeFile(workspace, source, type, name, options);
}

async function storeBytes(
  workspace: string,
  bytes: Uint8Array,
  name: string,
  options: StoreOptions,
): Promise<MediaRef> {
  const type = typeOrThrow(bytes, name);
  assertBytes(name, bytes.byteLength, options.maxBytes ?? MAX_BYTES);
  const measures = await measureMedia(type, bytes, name, options);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const ref: MediaRef = { sha256, type, bytes: bytes.byteLength, ...measures };
  const path = mediaPath(workspace, ref);
  if (!(await isThere(path, ref.bytes))) {
    await placeFileAtomic(path, (handle) => handle.writeFile(bytes));
  }
  return ref;
}

/** The copy is hashed and measured, not the source, which may change meanwhile. */
async function storeLargeFile(
  workspace: string,
  source: string,
  type: MediaType,
  name: string,
  options: StoreOptions,
): Promise<MediaRef> {
  const copy = temporaryBeside(join(workspace, 'media', 'large'));
  try {
    makeFolder(join(workspace, 'media'));
    // A clone shares its blocks where the file system can do that.
    await copyFile(source, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const { size } = await stat(copy);
    const measures = await measureMedia(type, copy, name, options);
    const ref: MediaRef = { sha256: await hashFile(copy), type, bytes: size, ...measures };
    const path = mediaPath(workspace, ref);
    if (!(await isThere(path, size))) {
      await placeFileAtomic(path, async (_handle, temporary) => {
        await copyFile(copy, temporary, constants.COPYFILE_FICLONE);
      });
    }
    return ref;
  } catch (cause) {
    throw writeError(name, cause);
  } finally {
    await rm(copy, { force: true });
  }
}

export function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The SHA-256 of a file's content, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** A file of another size is the rest of damage; writing again mends it. */
async function isThere(path: string, bytes: number): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.size === bytes;
}

async function sizeOf(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return info.size;
  throw new LabError('file/missing', `[media] no file at ${path}`);
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new LabError('file/missing', `[media] ${path} cannot be read: ${String(cause)}`, {
      cause,
    });
  }
}

function typeOrThrow(head: Uint8Array, name: string): MediaType {
  const type = sniffMedia(head);
  if (type !== undefined) return type;
  const start = Buffer.from(head.subarray(0, 8)).toString('hex');
  throw new LabError(
    'media/unsupported',
    `[media] ${name} is no picture, sound or clip the window can show (it begins with ${start === '' ? 'nothing' : start})`,
  );
}

function assertBytes(name: string, got: number, most: number): void {
  if (got <= most) return;
  throw new LabError(
    'image/too-large',
    `[media] ${name} has ${got} bytes, at most ${most} are stored`,
  );
}
