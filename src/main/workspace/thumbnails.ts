/**
 * Small pictures for grids: a ref and a size come in, the path of an upright WebP file goes out. Made
 * on first use, two at a time so that a training run keeps its cores; one request per picture and size
 * does the work for all that ask meanwhile.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { MediaRef, ThumbnailSize } from '../../shared/model/media.ts';
import { temporaryBeside } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { MAX_PIXELS } from './measure-media.ts';
import { mediaPath } from './store-media.ts';

const AT_ONCE = 2;
/** A picture within the pixel limit takes well under a second. */
const LIMIT_SECONDS = 30;

/** Where the thumbnail of a content lies, or will lie. */
export function thumbnailPath(workspace: string, sha256: string, size: ThumbnailSize): string {
  return join(workspace, 'thumbnails', sha256.slice(0, 2), `${sha256}-${size}.webp`);
}

export class Thumbnails {
  readonly #workspace: string;
  readonly #inFlight = new Map<string, Promise<string>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  async get(ref: MediaRef, size: ThumbnailSize): Promise<string> {
    const path = thumbnailPath(this.#workspace, ref.sha256, size);
    if (existsSync(path)) return path;
    const running = this.#inFlight.get(path);
    if (running !== undefined) return await running;
    const made = this.#inTurn(() => make(mediaPath(this.#workspace, ref), path, size));
    this.#inFlight.set(path, made);
    try {
      return await made;
    } finally {
      this.#inFlight.delete(path);
    }
  }

  async #inTurn(work: () => Promise<string>): Promise<string> {
    if (this.#running >= AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

async function make(source: string, path: string, size: ThumbnailSize): Promise<string> {
  if (!existsSync(source)) {
    throw new LabError('media/missing', `[media] the file ${source} is gone`);
  }
  makeFolder(dirname(path));
  const temporary = temporaryBeside(path);
  try {
    // Loaded when the first picture comes: the start of the app needs none.
    const { default: sharp } = await import('sharp');
    await sharp(source, { limitInputPixels: MAX_PIXELS, failOn: 'truncated' })
      .timeout({ seconds: LIMIT_SECONDS })
      .autoOrient()
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80, effort: 1 })
      .toFile(temporary);
    await rename(temporary, path);
    return path;
  } catch (cause) {
    await rm(temporary, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('image/invalid', `[media] no thumbnail of ${source}: ${reason}`, { cause });
  }
}
