/**
 * A picture, sound or clip in the media store, named by the hash of its content. In the window it is
 * `/media/<sha256>`, as a thumbnail `/media/<sha256>?thumb=240`.
 */
import { z } from 'zod';

/** What the window can show; the type is sniffed from the content, never from a name. */
export const mediaType = z.enum([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'audio/wav',
  'audio/mpeg',
  'audio/flac',
  'audio/ogg',
  'video/mp4',
  'video/webm',
]);
export type MediaType = z.infer<typeof mediaType>;

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

export const mediaRef = z.object({
  sha256,
  type: mediaType,
  bytes: z.int().nonnegative(),
  /** Of the upright picture: EXIF orientation is applied. */
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  seconds: z.number().nonnegative().optional(),
});
export type MediaRef = z.infer<typeof mediaRef>;

/** Longer side of a thumbnail, in pixels. */
export const THUMBNAIL_SIZES = [64, 160, 240, 480] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];
