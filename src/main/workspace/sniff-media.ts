/**
 * What a file is, told by its first bytes and never by its name. The head of a file comes in, its type
 * or nothing goes out. SVG, HTML, TIFF, PDF and HEIC have no place here: the window would run or not
 * show them.
 */
import type { MediaType } from '../../shared/model/media.ts';

/** Bytes of the head that {@link sniffMedia} wants to see. */
export const HEAD_BYTES = 64;

export function sniffMedia(head: Uint8Array): MediaType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES));
  const text = bytes.toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(text)) return 'image/gif';
  if (text.startsWith('RIFF')) return riff(text.slice(8, 12));
  if (text.slice(4, 8) === 'ftyp') return isoMedia(text);
  if (text.startsWith('\x1aE\xdf\xa3')) return text.includes('webm') ? 'video/webm' : undefined;
  if (text.startsWith('fLaC')) return 'audio/flac';
  if (text.startsWith('OggS')) return 'audio/ogg';
  if (text.startsWith('ID3') || isMp3Frame(bytes)) return 'audio/mpeg';
  return undefined;
}

function riff(form: string): MediaType | undefined {
  if (form === 'WEBP') return 'image/webp';
  return form === 'WAVE' ? 'audio/wav' : undefined;
}

/** AVIF and MP4 share a container; its brands tell them apart. HEIC and QuickTime are neither. */
function isoMedia(text: string): MediaType | undefined {
  const major = text.slice(8, 12);
  if (major === 'avif' || major === 'avis') return 'image/avif';
  if (/^(isom|iso[2-9]|mp4[12]|avc1|M4V |dash|MSNV|mmp4)$/.test(major)) return 'video/mp4';
  // `mif1` may hold either; the compatible brands follow.
  return major === 'mif1' && text.slice(16).includes('avif') ? 'image/avif' : undefined;
}

/** A frame header with a layer, a bit rate and a sample rate that exist. */
function isMp3Frame(bytes: Buffer): boolean {
  const [sync = 0, version = 0, rates = 0] = bytes;
  if (sync !== 0xff || (version & 0xe0) !== 0xe0) return false;
  const hasVersion = (version & 0x18) !== 0x08;
  const isLayer3 = (version & 0x06) === 0x02;
  const bitRate = rates >> 4;
  return hasVersion && isLayer3 && bitRate !== 0 && bitRate !== 15 && (rates & 0x0c) !== 0x0c;
}
