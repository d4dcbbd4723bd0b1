/** A picture with its base questions -> one supervised example: the picture is the shared prompt. */

import { LabError } from '../../shared/errors.ts';
import { type TextParts, toPrompt, toVisuals } from '../bundle/bundle.ts';
import type { PositionTarget, SupervisedExample } from '../loop/supervised.ts';
import type { BaseSample } from '../world/base.ts';

/**
 * @param samples questions over one picture, with their completions
 * @throws LabError `dataset/bad-row` when a label is not one token
 */
export function baseExample(parts: TextParts, samples: readonly BaseSample[]): SupervisedExample {
  const [first] = samples;
  if (first === undefined)
    throw new LabError('dataset/bad-row', '[starter] a picture needs a question');
  const visuals = toVisuals(
    parts,
    first.images.map(({ width, height, rgb }) => ({ width, height, data: rgb })),
  );
  const asked = samples.map((sample) => ({
    sample,
    ids: toPrompt(parts, { visuals, text: sample.question }).ids,
  }));
  // Everything up to the placeholder after the picture is the same for all questions.
  const shared = 2 + (asked[0]?.ids.lastIndexOf(parts.config.imageTokenId) ?? 0);
  const prefix = asked[0]?.ids.subarray(0, shared) ?? new Int32Array();
  const branches = asked.map(({ sample, ids }) => branch(parts, sample, ids.subarray(shared)));
  return {
    tree: { prompt: { ids: prefix, visuals }, branches: branches.map(({ ids }) => ids) },
    branchWeights: branches.map(({ weights }) => weights),
    positionTargets: pictureTargets(parts, prefix, first.patchLabels ?? []),
  };
}

/** The question (not scored), the completion, the end token; unscored spans of the completion weigh 0. */
function branch(parts: TextParts, sample: BaseSample, question: Int32Array) {
  const ids: number[] = [...question];
  const weights: number[] = ids.map(() => 0);
  const append = (text: string, weight: number) => {
    for (const id of parts.tokenizer.encode(text)) {
      ids.push(id);
      weights.push(weight);
    }
  };
  let at = 0;
  for (const [start, end] of sample.unscored) {
    append(sample.completion.slice(at, start), 1);
    append(sample.completion.slice(start, end), 0);
    at = end;
  }
  append(sample.completion.slice(at), 1);
  ids.push(parts.stopIds[0] ?? 0);
  weights.push(1);
  return { ids: Int32Array.from(ids), weights: Float32Array.from(weights) };
}

/** At each picture token, its words share a weight of 1. */
function pictureTargets(
  parts: TextParts,
  prefix: Int32Array,
  labels: NonNullable<BaseSample['patchLabels']>,
): PositionTarget[] {
  const first = prefix.indexOf(parts.config.imageTokenId);
  return labels.flatMap((words, k) =>
    words.map((word) => {
      const [token, ...rest] = parts.tokenizer.encode(` ${word}`);
      if (token === undefined || rest.length > 0) {
        throw new LabError(
          'dataset/bad-row',
          `[starter] the label ${JSON.stringify(word)} is not one token`,
        );
      }
      return { at: first + k, token, weight: 1 / words.length };
    }),
  );
}
