/**
 * A prompt with part of its pictures painted black, patch by patch: what PAPO (arXiv:2507.06448,
 * section 3.2) compares the policy with. Blanking is random per merged token, so whole tokens go.
 */
import type { TextParts } from '../bundle/bundle.ts';
import type { Prompt } from '../policy/tree.ts';
import { Rng } from '../rng.ts';

export interface MaskedTwinOptions {
  /** Share of the merged tokens that are blanked. */
  readonly fraction: number;
  readonly seed: string;
}

export function blankPatches(parts: TextParts, prompt: Prompt, options: MaskedTwinOptions): Prompt {
  const rng = Rng.from(options.seed).fork('masked-twin');
  const visuals = prompt.visuals.map((visual) => {
    const { mean, std, patchSize, temporalPatchSize, mergeSize } = parts.processor[visual.kind];
    const channel = temporalPatchSize * patchSize ** 2;
    const merged = channel * mean.length * mergeSize ** 2;
    const patches = visual.patches.slice();
    for (let start = 0; start < patches.length; start += merged) {
      if (!rng.chance(options.fraction)) continue;
      for (let i = start; i < start + merged; i++) {
        const c = Math.floor(i / channel) % mean.length;
        patches[i] = -(mean[c] ?? 0) / (std[c] ?? 1);
      }
    }
    return { ...visual, patches };
  });
  return { ids: prompt.ids, visuals };
}
