/** Pictures a person adds: files come in, stored pictures with their hash and size go out. */
import { z } from 'zod';
import { LabError, type WireError } from '../../../shared/errors.ts';
import type { Picture } from './chat-state.ts';

const stored = z.object({
  media: z.object({
    sha256: z.string(),
    type: z.string(),
    width: z.number().optional(),
    height: z.number().optional(),
  }),
});

/** @throws LabError as main said it, `media/unsupported` for what is no picture */
export async function uploadPicture(file: File): Promise<Picture> {
  const response = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    body: file,
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(body, response.status);
  const { media } = stored.parse(body);
  if (!media.type.startsWith('image/')) {
    throw new LabError('media/unsupported', `[chat] ${file.name} is ${media.type}, not a picture`);
  }
  return { sha256: media.sha256, width: media.width ?? 0, height: media.height ?? 0 };
}

function errorOf(body: unknown, status: number): LabError {
  const wire = z
    .looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) })
    .safeParse(body);
  // The code is one of ours: it was written by LabError.toWire.
  if (wire.success) return LabError.fromWire(wire.data.error as unknown as WireError);
  return new LabError('internal', `[upload] the host answered ${status}`);
}
