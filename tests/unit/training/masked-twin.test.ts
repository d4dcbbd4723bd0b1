/** The masked twin of a prompt: whole merged tokens go black, the rest stays, and the seed decides which. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openTextParts, toPrompt, toVisuals } from '../../../src/engine/bundle/bundle.ts';
import { readConfig } from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { blankPatches } from '../../../src/engine/training/masked-twin.ts';

const STARTER = fileURLToPath(new URL('../../../resources/starter', import.meta.url));
const parts = openTextParts(STARTER, readConfig(STARTER).config);
const rng = Rng.from('twin');

function picture(width: number, height: number, value?: number) {
  const data = Uint8Array.from({ length: width * height * 3 }, () => value ?? rng.int(1, 255));
  return { width, height, data };
}

const visuals = toVisuals(parts, [picture(64, 64), picture(32, 64)]);
const prompt = toPrompt(parts, { visuals, text: 'where is the cross?' });
/** The patches of a black picture. */
const [black] = toVisuals(parts, [picture(64, 64, 0)]);

/** Numbers of one merged token. */
const { vision } = parts.config;
const MERGED =
  vision.inChannels *
  vision.temporalPatchSize *
  vision.patchSize ** 2 *
  vision.spatialMergeSize ** 2;

/** Which merged tokens of each visual are black, and that no other number changed. */
function blanked(fraction: number, seed: string): boolean[][] {
  const twin = blankPatches(parts, prompt, { fraction, seed });
  expect(twin.ids).toEqual(prompt.ids);
  return twin.visuals.map((visual, v) => {
    const clean = visuals[v]?.patches ?? new Float32Array();
    expect(visual.patches).toHaveLength(clean.length);
    return Array.from({ length: clean.length / MERGED }, (_, k) => {
      const own = visual.patches.subarray(k * MERGED, (k + 1) * MERGED);
      const isBlack = own.every((x, i) => Math.abs(x - (black?.patches[i] ?? Number.NaN)) < 1e-5);
      if (!isBlack) expect(own).toEqual(clean.subarray(k * MERGED, (k + 1) * MERGED));
      return isBlack;
    });
  });
}

describe('blankPatches', () => {
  it('paints merged tokens black, as a black picture would be', () => {
    const all = blanked(1, 'a');
    expect(all.map((tokens) => tokens.length)).toEqual([16, 8]);
    expect(all.flat().every(Boolean)).toBe(true);
    const some = blanked(0.6, 'a').flat();
    expect(some).toContain(true);
    expect(some).toContain(false);
  });

  it('paints about the share it is told to', () => {
    const share = Array.from({ length: 60 }, (_, i) => blanked(0.6, String(i)).flat()).flat();
    expect(share.filter(Boolean).length / share.length).toBeCloseTo(0.6, 1);
  });

  it('is decided by the seed and leaves the prompt alone', () => {
    const before = visuals.map((visual) => visual.patches.slice());
    expect(blanked(0.5, 'x')).toEqual(blanked(0.5, 'x'));
    expect(blanked(0.5, 'x')).not.toEqual(blanked(0.5, 'y'));
    expect(visuals.map((visual) => visual.patches)).toEqual(before);
  });

  it('keeps a prompt without pictures', () => {
    const text = toPrompt(parts, { visuals: [], text: 'hello' });
    expect(blankPatches(parts, text, { fraction: 1, seed: 's' })).toEqual(text);
  });
});
