/**
 * Files from a browser that runs on another machine. Comes in: `POST /upload?name=cat.png` with the
 * bytes, `&to=import` for a dataset. Goes out: `{ media }`, or `{ path, name, bytes }` of a file in the
 * workspace's `incoming` folder that the import reads. Nothing of the body is kept in memory.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { MediaRef } from '../../shared/model/media.ts';
import { plainHeaders } from './headers.ts';

const GIB = 1024 ** 3;
/** The store checks what is inside; this only bounds the disk a single request may take. */
const LIMITS = { media: GIB / 2, import: 64 * GIB };

export interface UploadPlace {
  /** Folder of the workspace. */
  readonly workspace: string;
  readonly put: (path: string) => Promise<MediaRef>;
  readonly limits?: typeof LIMITS;
}

export async function uploadResponse(
  url: URL,
  request: Request,
  place: UploadPlace,
): Promise<Response> {
  const to = url.searchParams.get('to') ?? 'media';
  if (to !== 'media' && to !== 'import') {
    throw new LabError(
      'host/bad-request',
      `expected to=media or to=import, got '${to.slice(0, 20)}'`,
    );
  }
  const name = safeName(url.searchParams.get('name') ?? '');
  const limit = (place.limits ?? LIMITS)[to];
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit) throw tooLarge(limit);

  const folder = join(place.workspace, 'incoming');
  await mkdir(folder, { recursive: true });
  const part = join(folder, `${randomUUID()}.part`);
  try {
    const bytes = await save(request, part, limit);
    if (to === 'media') return json({ media: await place.put(part) });
    const path = join(folder, `${randomUUID().slice(0, 8)}-${name}`);
    await rename(part, path);
    return json({ path, name, bytes });
  } finally {
    await rm(part, { force: true });
  }
}

async function save(request: Request, path: string, limit: number): Promise<number> {
  const file = await open(path, 'wx');
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > limit) throw tooLarge(limit);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  if (bytes === 0) throw new LabError('host/bad-request', 'expected a file, got an empty body');
  return bytes;
}

function tooLarge(limit: number): LabError {
  return new LabError('host/too-large', `expected a file of at most ${limit} bytes, got more`);
}

/** The last part of a name, without what a file system or a terminal could stumble over. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(-100);
  return clean === '' ? 'file' : clean;
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { ...plainHeaders, 'Content-Type': 'application/json; charset=utf-8' },
  });
}
