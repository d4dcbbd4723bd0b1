/**
 * Byte-level BPE training (Sennrich et al. 2016, arXiv:1508.07909, over bytes as in GPT-2). In:
 * weighted pieces of text; out: ordered merges. Ties break by spelling, so a build is reproducible.
 */
import { LabError } from '../../../shared/errors.ts';

export type Merge = readonly [string, string];

/** GPT-2's printable stand-in for each byte: itself where printable, else a code point from 256 up. */
export function byteAlphabet(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(printable(byte) ? byte : next++),
  );
}

/** A piece of text in stand-in characters, one per byte. */
export function toByteLetters(text: string): string[] {
  const alphabet = byteAlphabet();
  return [...new TextEncoder().encode(text)].map((byte) => alphabet[byte] ?? '');
}

export interface TrainOptions {
  /** Piece (already pre-tokenised) to weight. */
  readonly pieces: ReadonlyMap<string, number>;
  /** Pieces that must end as one token each, whatever their weight. */
  readonly whole: readonly string[];
  readonly maxMerges: number;
}

/** @throws LabError `tokenizer/invalid` when the whole pieces do not fit into `maxMerges`. */
export function trainBpe({ pieces, whole, maxMerges }: TrainOptions): Merge[] {
  const words = [...pieces].map(([piece, weight]) => ({ parts: toByteLetters(piece), weight }));
  const merges: Merge[] = [];
  while (merges.length < maxMerges) {
    const best = commonestPair(words);
    if (best === undefined) break;
    merges.push(best);
    for (const word of words) word.parts = joinPair(word.parts, best);
  }
  const broken = whole.filter((piece) => applyMerges(piece, merges).length !== 1);
  if (broken.length > 0) {
    throw new LabError(
      'tokenizer/invalid',
      `[bpe] ${maxMerges} merges leave ${broken.length} words split: ${broken.slice(0, 8).join(',')}`,
      {
        hint: 'Give the words more weight or shorten the lexicon.',
      },
    );
  }
  return merges;
}

/** The tokens of one piece under the merges in order (slow and plain; for checks and builds). */
export function applyMerges(piece: string, merges: readonly Merge[]): string[] {
  let parts = toByteLetters(piece);
  for (const merge of merges) parts = joinPair(parts, merge);
  return parts;
}

function commonestPair(
  words: readonly { parts: readonly string[]; weight: number }[],
): Merge | undefined {
  const counts = new Map<string, { pair: Merge; count: number }>();
  for (const { parts, weight } of words) {
    for (let at = 1; at < parts.length; at++) {
      const pair: Merge = [parts[at - 1] ?? '', parts[at] ?? ''];
      const key = pair.join(' ');
      const entry = counts.get(key) ?? { pair, count: 0 };
      entry.count += weight;
      counts.set(key, entry);
    }
  }
  let best: { key: string; pair: Merge; count: number } | undefined;
  for (const [key, { pair, count }] of counts) {
    if (best === undefined || count > best.count || (count === best.count && key < best.key))
      best = { key, pair, count };
  }
  return best?.pair;
}

function joinPair(parts: readonly string[], [left, right]: Merge): string[] {
  const joined: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? '';
    if (part === left && parts[at + 1] === right) {
      joined.push(left + right);
      at++;
    } else joined.push(part);
  }
  return joined;
}
