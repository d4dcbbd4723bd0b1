/**
 * The media of a workspace: bytes or a file come in, a {@link MediaRef} by content hash goes out. The
 * file part (`store-media.ts`) also runs in worker threads; this class adds the table that the
 * integrity check compares the files with.
 */
import { LabError } from '../../shared/errors.ts';
import type { MediaRef, ThumbnailSize } from '../../shared/model/media.ts';
import type { Database } from '../storage/database.ts';
import { mediaRows } from '../storage/media-rows.ts';
import { mediaPath, type StoreOptions, storeMediaFile } from './store-media.ts';
import { Thumbnails } from './thumbnails.ts';

export class MediaStore {
  readonly #workspace: string;
  readonly #rows: ReturnType<typeof mediaRows>;
  readonly #thumbnails: Thumbnails;

  constructor(options: { readonly workspace: string; readonly db: Database }) {
    this.#workspace = options.workspace;
    this.#rows = mediaRows(options.db);
    this.#thumbnails = new Thumbnails(options.workspace);
  }

  /**
   * Stores content once; the same content again gives the same ref.
   * @throws LabError as `storeMediaFile`
   */
  async put(source: Uint8Array | string, options: StoreOptions = {}): Promise<MediaRef> {
    const ref = await storeMediaFile(this.#workspace, source, options);
    this.register([ref]);
    return ref;
  }

  /** Tells the table of files that a worker has stored. One transaction. */
  register(refs: readonly MediaRef[]): void {
    if (refs.length > 0) this.#rows.add(refs);
  }

  get(sha256: string): MediaRef | undefined {
    return this.#rows.get(sha256);
  }

  has(sha256: string): boolean {
    return this.#rows.has(sha256);
  }

  /** Of the file; that it is there is known only when it is opened. @throws LabError `media/missing` */
  path(sha256: string): string {
    return mediaPath(this.#workspace, this.#ref(sha256));
  }

  /**
   * WebP thumbnail, made on first use and kept.
   * @returns its path
   * @throws LabError `media/missing`, `media/unsupported` (sound, video), `image/invalid`
   */
  async thumbnail(sha256: string, size: ThumbnailSize): Promise<string> {
    const ref = this.#ref(sha256);
    if (!ref.type.startsWith('image/')) {
      throw new LabError('media/unsupported', `[media] ${ref.type} has no thumbnail`);
    }
    return await this.#thumbnails.get(ref, size);
  }

  #ref(sha256: string): MediaRef {
    const ref = this.#rows.get(sha256);
    if (ref !== undefined) return ref;
    throw new LabError('media/missing', `[media] nothing with the hash ${sha256.slice(0, 64)}`);
  }
}
