/**
 * Which rows of a packed stream predict which tokens. A branch token is predicted by the token before
 * it: the last prompt row for the first one, the branch's own rows after that. So the last token of
 * a branch is never an input, and {@link trimBranches} leaves it out of the stream.
 */
import type { Packed } from './pack.ts';
import type { PromptTree } from './tree.ts';

/** Token positions to score: rows that predict, targets, in branch order. */
export interface BranchScores {
  /** i32 [M] */
  readonly index: Int32Array;
  /** i32 [M] */
  readonly targets: Int32Array;
  /** Where each branch's tokens are in [M], in the order of trees and branches. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
}

/** The trees to pack for scoring: every branch without its last token. */
export function trimBranches(trees: readonly PromptTree[]): PromptTree[] {
  return trees.map((tree) => ({
    prompt: tree.prompt,
    branches: tree.branches.map((branch) => branch.subarray(0, Math.max(0, branch.length - 1))),
  }));
}

/** @param trees the untrimmed trees  @param packed of the trimmed or the untrimmed ones */
export function scoreBranches(trees: readonly PromptTree[], packed: Packed): BranchScores {
  const index: number[] = [];
  const targets: number[] = [];
  const spans: { offset: number; length: number }[] = [];
  trees.forEach((tree, t) => {
    const place = packed.trees[t];
    if (place === undefined) throw new RangeError('more trees than were packed');
    tree.branches.forEach((branch, b) => {
      const start = place.branchStart[b] ?? 0;
      spans.push({ offset: index.length, length: branch.length });
      branch.forEach((token, j) => {
        index.push(j === 0 ? place.promptStart + place.promptLength - 1 : start + j - 1);
        targets.push(token);
      });
    });
  });
  return { index: Int32Array.from(index), targets: Int32Array.from(targets), spans };
}

/** Scores by span -> a padded [B, T] column; 0 where a row has ended. */
export function toColumn(scores: BranchScores, values: Float32Array, width: number): Float32Array {
  const column = new Float32Array(scores.spans.length * width);
  scores.spans.forEach((span, row) => {
    column.set(values.subarray(span.offset, span.offset + span.length), row * width);
  });
  return column;
}

/** The reverse of {@link toColumn}: a padded [B, T] column -> [M]. */
export function fromColumn(
  scores: BranchScores,
  column: Float32Array,
  width: number,
): Float32Array {
  const values = new Float32Array(scores.index.length);
  scores.spans.forEach((span, row) => {
    values.set(column.subarray(row * width, row * width + span.length), span.offset);
  });
  return values;
}
