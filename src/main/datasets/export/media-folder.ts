/**
 * Media beside an export. Comes in: refs of the media store. Goes out: paths below the export's folder,
 * each file copied once, or the bytes themselves for files that embed them.
 */

import { readFileSync } from 'node:fs';
import { constants, copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { MediaRef } from '../../../shared/model/media.ts';
import { mediaPath } from '../../workspace/store-media.ts';

const AT_ONCE = 4;

export class MediaFolder {
  readonly #workspace: string;
  readonly #folder: string;
  readonly #below: string;
  readonly #pending = new Map<string, string>();
  readonly #done = new Set<string>();
  bytes = 0;

  /** @param below folder of the files inside the export; '' = beside the rows */
  constructor(workspace: string, folder: string, below: string) {
    this.#workspace = workspace;
    this.#folder = folder;
    this.#below = below;
  }

  get count(): number {
    return this.#done.size + this.#pending.size;
  }

  /** The path a row names; the file is there after the next {@link flush}. */
  path(ref: MediaRef): string {
    const source = mediaPath(this.#workspace, ref);
    const path = this.#below === '' ? basename(source) : `${this.#below}/${basename(source)}`;
    if (!this.#done.has(path) && !this.#pending.has(path)) {
      this.#pending.set(path, source);
      this.bytes += ref.bytes;
    }
    return path;
  }

  /** As Hugging Face's image feature has it. */
  embedded(ref: MediaRef): { bytes: Uint8Array; path: string } {
    const source = mediaPath(this.#workspace, ref);
    return { bytes: readFileSync(source), path: basename(source) };
  }

  /** Copies what was named since the last time. @throws when a file cannot be read or written */
  async flush(): Promise<void> {
    const entries = [...this.#pending];
    this.#pending.clear();
    let next = 0;
    const work = async (): Promise<void> => {
      for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
        const [path, source] = entry;
        const target = join(this.#folder, path);
        await mkdir(dirname(target), { recursive: true });
        await copyFile(source, target, constants.COPYFILE_FICLONE);
        this.#done.add(path);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}
