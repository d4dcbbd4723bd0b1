/**
 * Which base an adapter belongs to. Beside an adapter stands `rationale_base.json` with a hash over
 * the headers and the ends of the base's weight files; on another base the same factors would give
 * another model without a word, so that is refused.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { readJsonFile } from '../../files/json-file.ts';

export const BASE_FILE = 'rationale_base.json';

const baseSchema = z.object({ base_sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** Header bytes and samples of the elements: enough to tell two models apart without reading GBs. */
const HEAD_BYTES = 8 * 2 ** 20;
const SAMPLE_BYTES = 64 * 2 ** 10;
const SAMPLES = 64;

/** Hash of the weight files of a folder: names, sizes, headers and samples throughout the elements. */
export function weightsHash(folder: string): string {
  const hash = createHash('sha256');
  for (const name of weightFiles(folder)) {
    const file = openSync(join(folder, name), 'r');
    try {
      const { size } = fstatSync(file);
      hash.update(`${name} ${size}\n`);
      hash.update(readAt(file, 0, Math.min(size, HEAD_BYTES)));
      for (let i = 1; i <= SAMPLES && size > HEAD_BYTES; i++) {
        const at = HEAD_BYTES + Math.floor(((size - HEAD_BYTES - SAMPLE_BYTES) * i) / SAMPLES);
        hash.update(readAt(file, Math.max(0, at), SAMPLE_BYTES));
      }
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
}

/** Names of the safetensors files of a folder, sorted. */
export function weightFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.safetensors') && !name.startsWith('adapter'))
    .sort();
}

/** The hash an adapter was saved with; undefined for adapters from elsewhere. */
export function savedBaseHash(adapter: string): string | undefined {
  const path = join(adapter, BASE_FILE);
  if (!existsSync(path)) return undefined;
  const parsed = baseSchema.safeParse(readJsonFile(path));
  if (parsed.success) return parsed.data.base_sha256;
  throw new LabError('file/corrupt', `[adapter] ${path}: ${z.prettifyError(parsed.error)}`);
}

/** @throws LabError `model/other-base`; an adapter that names no hash fits every base */
export function checkBase(adapter: string, base: string): void {
  const expected = savedBaseHash(adapter);
  if (expected === undefined) return;
  const found = weightsHash(base);
  if (found === expected) return;
  throw new LabError(
    'model/other-base',
    `[adapter] ${adapter} was trained on other weights than those in ${base}`,
    {
      hint: 'Give the folder of the model it was trained on; that one may have been changed or replaced.',
      details: { expected, found },
    },
  );
}

function readAt(file: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const read = readSync(file, bytes, 0, length, start);
  return bytes.subarray(0, read);
}
