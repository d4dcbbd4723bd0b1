/**
 * The file part of the media store, usable from any thread: bytes or a file come in, the content lies
 * in `media/ab/<sha256>.<ext>` and a {@link MediaRef} goes out. Knows no database.
 */
import type { MediaRef } from '../../shared/model/media.ts';

/**
 * @param workspace folder of the workspace
 * @param source bytes, or the path of a file
 * @throws LabError `media/unsupported`, `image/invalid`, `image/too-large`, `file/missing`, `file/write-failed`
 */
export async function storeMediaFile(
  _workspace: string,
  _source: Uint8Array | string,
): Promise<MediaRef> {
  throw new Error('not yet');
}
