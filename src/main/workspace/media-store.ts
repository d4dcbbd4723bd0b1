/**
 * The media of a workspace: bytes or a file come in, a {@link MediaRef} by content hash goes out. The
 * file part (`store-media.ts`) also runs in worker threads; this class adds the table that the
 * integrity check compares the files with.
 */
import type { MediaRef, ThumbnailSize } from '../../shared/model/media.ts';
import type { Database } from '../storage/database.ts';

export class MediaStore {
  readonly folder: string;

  constructor(options: { readonly workspace: string; readonly db: Database }) {
    this.folder = options.workspace;
  }

  /** Stores content once; the same content again gives the same ref. */
  async put(_source: Uint8Array | string): Promise<MediaRef> {
    throw new Error('not yet');
  }

  /** Tells the table of files that a worker has stored. One transaction. */
  register(_refs: readonly MediaRef[]): void {}

  get(_sha256: string): MediaRef | undefined {
    return undefined;
  }

  has(_sha256: string): boolean {
    return false;
  }

  /** @throws LabError `media/missing` */
  path(_sha256: string): string {
    throw new Error('not yet');
  }

  /** WebP thumbnail, made on first use. @returns its path. @throws LabError `media/missing`, `media/unsupported` */
  async thumbnail(_sha256: string, _size: ThumbnailSize): Promise<string> {
    throw new Error('not yet');
  }
}
