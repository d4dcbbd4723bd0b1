/**
 * Pictures, sound and clips of the workspace as answers. Comes in: `/media/<sha256>`, perhaps
 * `?thumb=240` and a Range. Goes out: the bytes with the type the store sniffed, which no page can run.
 */
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { LabError } from '../../shared/errors.ts';
import { sha256, THUMBNAIL_SIZES, type ThumbnailSize } from '../../shared/model/media.ts';
import type { MediaStore } from '../workspace/media-store.ts';
import { mediaHeaders } from './headers.ts';

/** What serving needs of the store. */
export type MediaSource = Pick<MediaStore, 'get' | 'path' | 'thumbnail'>;

/** Content is named by its hash: it cannot change. */
const FOREVER = 'private, max-age=31536000, immutable';

export async function mediaResponse(
  url: URL,
  request: Request,
  media: MediaSource,
): Promise<Response> {
  const name = sha256.safeParse(url.pathname.slice('/media/'.length));
  const ref = name.success ? media.get(name.data) : undefined;
  if (ref === undefined) {
    throw new LabError(
      'media/missing',
      'expected the hash of a picture, sound or clip of this workspace',
    );
  }
  const thumb = url.searchParams.get('thumb');
  if (thumb !== null) {
    const path = await media.thumbnail(ref.sha256, sizeOf(thumb));
    return fileResponse(path, 'image/webp', request);
  }
  return fileResponse(media.path(ref.sha256), ref.type, request);
}

function sizeOf(text: string): ThumbnailSize {
  const size = THUMBNAIL_SIZES.find((known) => String(known) === text);
  if (size === undefined) {
    throw new LabError(
      'host/bad-request',
      `expected a thumbnail of ${THUMBNAIL_SIZES.join(', ')} pixels, got '${text.slice(0, 20)}'`,
    );
  }
  return size;
}

async function fileResponse(path: string, type: string, request: Request): Promise<Response> {
  const file = await open(path).catch((cause: unknown) => {
    throw new LabError('media/missing', 'the file of this content is gone', {
      hint: 'Check the workspace: the integrity check lists what is missing.',
      cause,
    });
  });
  try {
    const { size } = await file.stat();
    const range = rangeOf(request.headers.get('range'), size);
    const headers = {
      ...mediaHeaders,
      'Content-Type': type,
      'Accept-Ranges': 'bytes',
      'Cache-Control': FOREVER,
    };
    if (range === 'outside') {
      await file.close();
      return new Response(null, {
        status: 416,
        headers: { ...headers, 'Content-Range': `bytes */${size}` },
      });
    }
    const { from, to } = range ?? { from: 0, to: size - 1 };
    const answer = {
      status: range === undefined ? 200 : 206,
      headers: {
        ...headers,
        'Content-Length': String(to - from + 1),
        ...(range === undefined ? {} : { 'Content-Range': `bytes ${from}-${to}/${size}` }),
      },
    };
    if (request.method === 'HEAD' || size === 0) {
      await file.close();
      return new Response(null, answer);
    }
    const stream = file.createReadStream({ start: from, end: to, highWaterMark: 256 * 1024 });
    // Node's own web stream type and the global one differ in name only.
    return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, answer);
  } catch (thrown) {
    await file.close().catch(() => {});
    throw thrown;
  }
}

/** One range of bytes; several, or something else, are answered with the whole. */
export function rangeOf(
  header: string | null,
  size: number,
): { from: number; to: number } | 'outside' | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (found === null || (first === '' && last === '')) return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from > to ? 'outside' : { from, to };
}
