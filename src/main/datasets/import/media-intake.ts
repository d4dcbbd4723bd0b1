/**
 * Media of rows into the store. Comes in: the sources of a draft and the file they were named in. Goes
 * out: references. Paths stay inside the source's folder, or the folder the person named; links are
 * followed to where they lead before that is judged. What one import has stored is not stored again.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Clip } from '../../../shared/model/sample.ts';
import { storeMediaFile } from '../../workspace/store-media.ts';
import { isInside } from '../readers/folder.ts';
import type { ClipSource } from './marks.ts';
import type { MediaSource } from './media-source.ts';
import { quoted, rowProblem } from './row-problem.ts';

export interface IntakeOptions {
  readonly workspace: string;
  /** Folder of the source: paths may not lead out of it. */
  readonly root: string;
  /** Folder the person named for pictures; absolute paths below it are allowed then. */
  readonly imageRoot: string | null;
}

/** Files whose reference is remembered: data sets name the same picture in rows near each other. */
const MAX_REMEMBERED = 20_000;
const MAX_REMEMBERED_FOLDERS = 10_000;

export class MediaIntake {
  readonly #options: IntakeOptions;
  readonly #root: string;
  readonly #remembered = new Map<string, Promise<MediaRef>>();
  readonly #folders = new Map<string, string>();
  #fresh: MediaRef[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
    const root = options.imageRoot ?? options.root;
    try {
      this.#root = realpathSync(resolve(root));
    } catch (cause) {
      throw new LabError('file/missing', `[import] no folder of pictures at ${root}`, { cause });
    }
  }

  /** What was stored since the last call, in order. */
  takeFresh(): MediaRef[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  async images(sources: readonly MediaSource[], file: string): Promise<MediaRef[]> {
    return await Promise.all(sources.map((source) => this.#store(source, file, 'image')));
  }

  async audios(sources: readonly MediaSource[], file: string): Promise<MediaRef[]> {
    return await Promise.all(sources.map((source) => this.#store(source, file, 'audio')));
  }

  async clips(sources: readonly ClipSource[], file: string): Promise<Clip[]> {
    return await Promise.all(
      sources.map(async (source): Promise<Clip> => {
        if (source.kind === 'frames') {
          return { frames: await this.images(source.frames, file), fps: source.fps };
        }
        return { frames: [], fps: 1, file: await this.#store(source, file, 'video') };
      }),
    );
  }

  async #store(source: MediaSource, file: string, medium: string): Promise<MediaRef> {
    const ref = await (source.kind === 'bytes'
      ? this.#kept(storeMediaFile(this.#options.workspace, source.bytes, { name: source.name }))
      : this.#storeFile(this.#resolved(source.path, file), source.path));
    // A GIF is a picture here: its first frame is what a model sees.
    if (!ref.type.startsWith(`${medium}/`)) {
      throw rowProblem(
        `expected ${medium === 'audio' ? 'a sound' : `a ${medium}`}, got ${ref.type}`,
      );
    }
    return ref;
  }

  async #storeFile(path: string, name: string): Promise<MediaRef> {
    const known = this.#remembered.get(path);
    if (known !== undefined) return await known;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    const stored = this.#kept(storeMediaFile(this.#options.workspace, path, { name }));
    this.#remembered.set(path, stored);
    try {
      return await stored;
    } catch (thrown) {
      this.#remembered.delete(path);
      throw thrown;
    }
  }

  async #kept(stored: Promise<MediaRef>): Promise<MediaRef> {
    const ref = await stored;
    this.#fresh.push(ref);
    return ref;
  }

  /** @throws LabError `dataset/bad-row` for a path that is not allowed or not there */
  #resolved(path: string, file: string): string {
    if (path.includes('\0')) throw rowProblem(`${quoted(path)} is no file name`);
    const { imageRoot } = this.#options;
    if (isAbsolute(path) && imageRoot === null) {
      throw rowProblem(
        `${quoted(path)} is an absolute path: choose the folder of the pictures first`,
      );
    }
    const bases = imageRoot === null ? [dirname(file), this.#options.root] : [imageRoot];
    for (const base of bases) {
      const real = this.#real(resolve(base, path));
      if (real === null) continue;
      if (!isInside(this.#root, real))
        throw rowProblem(`${quoted(path)} leads out of ${this.#root}`);
      return real;
    }
    const isOut = !isInside(
      resolve(imageRoot ?? this.#options.root),
      resolve(bases[0] ?? '', path),
    );
    if (isOut) throw rowProblem(`${quoted(path)} leads out of ${this.#root}`);
    throw rowProblem(`no file ${quoted(path)} in ${bases[0]}`);
  }

  /** The path without links; only folders are remembered. Null when nothing is there. */
  #real(path: string): string | null {
    try {
      const folder = dirname(path);
      let real = this.#folders.get(folder);
      if (real === undefined) {
        real = realpathSync(folder);
        if (this.#folders.size >= MAX_REMEMBERED_FOLDERS) this.#folders.clear();
        this.#folders.set(folder, real);
      }
      return realpathSync(join(real, basename(path)));
    } catch {
      return null;
    }
  }
}
