/**
 * What a picture looks like in 56 bytes, for finding pictures that are nearly the same. Comes in: files
 * of the media store. Goes out: a 64-bit difference hash and 16 mean colours each, kept in
 * `datasets/<id>/looks.bin` so that a second report reads no pictures.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { MediaRef } from '../../../shared/model/media.ts';
import { writeFileAtomic } from '../../files/atomic.ts';
import { mediaPath } from '../../workspace/store-media.ts';

export interface Look {
  /** Two halves of the difference hash: bit = brighter than the neighbour to the right. */
  readonly high: number;
  readonly low: number;
  /** 4 x 4 mean colours, RGB. */
  readonly colours: Uint8Array;
  /** As the camera held it; 1 = upright. */
  readonly orientation: number;
}

const FILE = 'looks.bin';
const COLOURS = 48;
/** sha256, hash, colours, orientation. */
const RECORD = 32 + 8 + COLOURS + 1;
/** Bits that may differ; any two hashes this close share one of their four 16-bit parts. */
const NEAR_BITS = 3;
/** Mean difference of colours, of 255. */
const NEAR_COLOUR = 6;
const AT_ONCE = 4;

export class Looks {
  readonly #workspace: string;
  readonly #file: string;
  readonly #known = new Map<string, Look>();
  #isChanged = false;

  constructor(workspace: string, datasetFolder: string) {
    this.#workspace = workspace;
    this.#file = join(datasetFolder, FILE);
    if (!existsSync(this.#file)) return;
    const bytes = readFileSync(this.#file);
    for (let at = 0; at + RECORD <= bytes.length; at += RECORD) {
      const record = bytes.subarray(at, at + RECORD);
      this.#known.set(record.toString('hex', 0, 32), {
        high: record.readUInt32LE(32),
        low: record.readUInt32LE(36),
        colours: new Uint8Array(record.subarray(40, 40 + COLOURS)),
        orientation: record[40 + COLOURS] ?? 1,
      });
    }
  }

  get(sha256: string): Look | undefined {
    return this.#known.get(sha256);
  }

  /** Looks at what is not known yet; a file that cannot be read stays unknown. */
  async learn(refs: readonly MediaRef[], onDone: (done: number) => void): Promise<void> {
    const missing = refs.filter(({ sha256 }) => !this.#known.has(sha256));
    let next = 0;
    let done = refs.length - missing.length;
    const work = async (): Promise<void> => {
      for (let ref = missing[next++]; ref !== undefined; ref = missing[next++]) {
        const look = await lookAt(mediaPath(this.#workspace, ref)).catch(() => undefined);
        if (look !== undefined) this.#known.set(ref.sha256, look);
        onDone(++done);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.#isChanged ||= missing.length > 0;
  }

  async save(): Promise<void> {
    if (!this.#isChanged) return;
    const bytes = Buffer.alloc(this.#known.size * RECORD);
    let at = 0;
    for (const [sha256, { high, low, colours, orientation }] of this.#known) {
      bytes.write(sha256, at, 'hex');
      bytes.writeUInt32LE(high, at + 32);
      bytes.writeUInt32LE(low, at + 36);
      bytes.set(colours, at + 40);
      bytes[at + 40 + COLOURS] = orientation;
      at += RECORD;
    }
    await writeFileAtomic(this.#file, bytes);
  }
}

async function lookAt(path: string): Promise<Look> {
  const { orientation = 1 } = await sharp(path).metadata();
  const upright = sharp(path).rotate().removeAlpha().toColourspace('srgb');
  const grey = await upright.clone().greyscale().resize(9, 8, { fit: 'fill' }).raw().toBuffer();
  const colours = await upright.clone().resize(4, 4, { fit: 'fill' }).raw().toBuffer();
  let high = 0;
  let low = 0;
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      const bit = (grey[y * 9 + x] ?? 0) > (grey[y * 9 + x + 1] ?? 0) ? 1 : 0;
      if (y < 4) high = ((high << 1) | bit) >>> 0;
      else low = ((low << 1) | bit) >>> 0;
    }
  }
  return { high, low, colours: new Uint8Array(colours.subarray(0, COLOURS)), orientation };
}

export function isNear(a: Look, b: Look): boolean {
  if (bitCount(a.high ^ b.high) + bitCount(a.low ^ b.low) > NEAR_BITS) return false;
  let difference = 0;
  for (let i = 0; i < COLOURS; i++) {
    difference += Math.abs((a.colours[i] ?? 0) - (b.colours[i] ?? 0));
  }
  return difference <= NEAR_COLOUR * COLOURS;
}

/** Four parts of the hash; looks that are near have at least one in common. */
export function bandsOf({ high, low }: Look): readonly string[] {
  return [`a${high >>> 16}`, `b${high & 0xffff}`, `c${low >>> 16}`, `d${low & 0xffff}`];
}

function bitCount(word: number): number {
  let rest = word >>> 0;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count += 1;
  }
  return count;
}
