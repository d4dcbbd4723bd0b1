/**
 * What a row says of a picture, clip or sound in, where its bytes are out: a path still to be resolved,
 * or the bytes themselves (Hugging Face's `{bytes, path}`, data URIs, base64). Addresses of the network
 * are refused: an import reads this machine only.
 */
import { kindOf, quoted, rowProblem } from './row-problem.ts';

export type MediaSource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly name: string };

/** Text of a data URI or of base64; larger media belong into files. */
const MAX_ENCODED_CHARS = 96 * 2 ** 20;
/** First characters of PNG, JPEG, WebP and GIF in base64. */
const BASE64_PICTURE = /^(?:iVBORw0KGgo|\/9j\/|UklGR|R0lGOD)/;
const MIN_BASE64_CHARS = 64;

/** Fields that hold a source inside an object, in the order they are tried. */
const FIELDS = [
  'bytes',
  'image',
  'video',
  'audio',
  'path',
  'url',
  'file',
  'file_name',
  'src',
  'data',
];

/** @throws LabError `dataset/bad-row` */
export function mediaSource(value: unknown, medium: string): MediaSource {
  if (value instanceof Uint8Array) return { kind: 'bytes', bytes: value, name: medium };
  if (typeof value === 'string') return fromText(value, medium);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = new Map(Object.entries(value));
    for (const name of FIELDS) {
      const inner: unknown = fields.get(name);
      if (inner === null || inner === undefined || inner === '') continue;
      if (name === 'bytes' && typeof inner === 'string') return fromBase64(inner, medium);
      return mediaSource(inner, medium);
    }
  }
  throw rowProblem(
    `expected ${article(medium)} as a path, bytes or a data URI, got ${kindOf(value)}`,
  );
}

function fromText(text: string, medium: string): MediaSource {
  const value = text.trim();
  if (value === '') throw rowProblem(`the path of ${article(medium)} is empty`);
  if (/^data:/i.test(value)) return fromDataUri(value, medium);
  if (/^[a-z][a-z0-9+.-]{1,15}:\/\//i.test(value)) {
    throw rowProblem(`${quoted(value)} is an address: pictures are read from this machine only`);
  }
  if (value.length >= MIN_BASE64_CHARS && BASE64_PICTURE.test(value))
    return fromBase64(value, medium);
  return { kind: 'path', path: value };
}

function fromDataUri(uri: string, medium: string): MediaSource {
  const comma = uri.indexOf(',');
  if (comma < 0 || comma > 200) throw rowProblem('a data URI without content');
  const isBase64 = /;base64$/i.test(uri.slice(0, comma));
  const content = uri.slice(comma + 1);
  if (isBase64) return fromBase64(content, medium);
  try {
    return {
      kind: 'bytes',
      bytes: Buffer.from(decodeURIComponent(content), 'latin1'),
      name: medium,
    };
  } catch (cause) {
    throw rowProblem('a data URI that is not encoded as one', cause);
  }
}

function fromBase64(text: string, medium: string): MediaSource {
  if (text.length > MAX_ENCODED_CHARS) {
    throw rowProblem(
      `${article(medium)} of ${text.length} characters inside the row: put it into a file`,
    );
  }
  if (!/^[A-Za-z0-9+/_=\s-]*$/.test(text)) throw rowProblem(`${article(medium)} that is no base64`);
  return { kind: 'bytes', bytes: Buffer.from(text, 'base64'), name: medium };
}

function article(medium: string): string {
  return /^[aeiou]/.test(medium) ? `an ${medium}` : `a ${medium}`;
}
