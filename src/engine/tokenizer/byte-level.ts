/**
 * The byte-level alphabet of GPT-2 style vocabularies: every byte is one printable character. A token
 * text comes in, its bytes go out.
 */

const encoder = new TextEncoder();
const byteOf = alphabet();

/** A text with any character outside the alphabet (an added token) stands for its own UTF-8 bytes. */
export function tokenBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOf.get(character);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Printable Latin-1 bytes stand for themselves; the rest, in order, for U+0100 and on. */
function alphabet(): Map<string, number> {
  const map = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);
    map.set(String.fromCharCode(isPrintable ? byte : next++), byte);
  }
  return map;
}
