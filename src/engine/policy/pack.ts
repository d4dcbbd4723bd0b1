/**
 * Prompt trees -> one packed stream of N tokens without padding: ids, mRoPE positions, attention
 * segments, the place of every visual token, and the vision tower's own stream (patches in window
 * order). Host arrays only; the policy uploads them.
 */
import { LabError } from '../../shared/errors.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import { type MropeRule, mropePositions } from '../models/qwen2-5-vl/mrope.ts';
import { textRope, visionRope } from '../models/qwen2-5-vl/rope-table.ts';
import { visionLayout } from '../models/qwen2-5-vl/vision-layout.ts';
import type { PromptTree, Visual } from './tree.ts';

export interface PackedVision {
  /** [I, width] f32, window order. */
  readonly pixels: Float32Array;
  readonly patches: number;
  /** [I, E] f32, window order. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** i32 [S, 4]. */
  readonly windowSegments: Int32Array;
  readonly fullSegments: Int32Array;
  /** i32 [J]: window-order slot -> merged token in the order of the pictures. */
  readonly windowOrder: Int32Array;
  /** Merged tokens J = I / merge^2. */
  readonly merged: number;
}

export interface PackedTree {
  readonly promptStart: number;
  readonly promptLength: number;
  readonly branchStart: readonly number[];
  readonly branchLength: readonly number[];
  /** Position (all axes) of the first token after the prompt. */
  readonly nextPosition: number;
}

export interface Packed {
  readonly tokens: number;
  /** Ids of the text tokens only, i32 [Nt]; all N tokens where there are no visuals. */
  readonly textIds: Int32Array;
  /** i32 [N]: row in (text rows, then merged visual rows in window order); absent without visuals. */
  readonly place: Int32Array | undefined;
  /** i32 [3, N]. */
  readonly positions: Int32Array;
  /** [N, E] f32. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  /** i32 [S, 4] rows (start, length, prefixStart, prefixLength). */
  readonly segments: Int32Array;
  readonly vision: PackedVision | undefined;
  readonly trees: readonly PackedTree[];
}

export interface PackOptions {
  readonly mropeRule?: MropeRule;
}

/** @throws LabError `dataset/bad-row` when placeholders and visuals of a prompt disagree. */
export function packTrees(
  config: ModelConfig,
  trees: readonly PromptTree[],
  options: PackOptions = {},
): Packed {
  const tokens = trees.reduce((sum, tree) => sum + tree.prompt.ids.length + branchTokens(tree), 0);
  const ids = new Int32Array(tokens);
  const positions = new Int32Array(3 * tokens);
  const segments: number[] = [];
  const packedTrees: PackedTree[] = [];
  let cursor = 0;
  for (const tree of trees) {
    const { packed, end } = placeTree(config, tree, cursor, { ids, positions, tokens, options });
    if (packed.promptLength > 0) segments.push(packed.promptStart, packed.promptLength, 0, 0);
    packed.branchStart.forEach((start, b) => {
      const length = packed.branchLength[b] ?? 0;
      if (length > 0) segments.push(start, length, packed.promptStart, packed.promptLength);
    });
    packedTrees.push(packed);
    cursor = end;
  }
  const visuals = distinctVisuals(trees);
  const vision = visuals.length === 0 ? undefined : packVision(config, visuals);
  const rope = textRope(config, positions);
  return {
    tokens,
    ...placeTokens(config, trees, ids, vision),
    positions,
    cos: rope.cos,
    sin: rope.sin,
    segments: Int32Array.from(segments),
    vision: vision?.packed,
    trees: packedTrees,
  };
}

function branchTokens(tree: PromptTree): number {
  return tree.branches.reduce((sum, branch) => sum + branch.length, 0);
}

interface Stream {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly tokens: number;
  readonly options: PackOptions;
}

function placeTree(config: ModelConfig, tree: PromptTree, start: number, stream: Stream) {
  const { ids, visuals } = tree.prompt;
  stream.ids.set(ids, start);
  const rope = mropePositions(config, mropeRow(ids, visuals), stream.options.mropeRule);
  const nextPosition = afterLast(rope.positions);
  for (let axis = 0; axis < 3; axis++) {
    const from = rope.positions.subarray(axis * ids.length, (axis + 1) * ids.length);
    stream.positions.set(from, axis * stream.tokens + start);
  }
  const branchStart: number[] = [];
  const branchLength: number[] = [];
  let cursor = start + ids.length;
  for (const branch of tree.branches) {
    stream.ids.set(branch, cursor);
    for (let axis = 0; axis < 3; axis++) {
      for (let t = 0; t < branch.length; t++) {
        stream.positions[axis * stream.tokens + cursor + t] = nextPosition + t;
      }
    }
    branchStart.push(cursor);
    branchLength.push(branch.length);
    cursor += branch.length;
  }
  const packed: PackedTree = {
    promptStart: start,
    promptLength: ids.length,
    branchStart,
    branchLength,
    nextPosition,
  };
  return { packed, end: cursor };
}

function mropeRow(inputIds: Int32Array, visuals: readonly Visual[]) {
  const videos = visuals.filter((visual) => visual.kind === 'video');
  return {
    inputIds,
    imageGrids: visuals.filter((visual) => visual.kind === 'image').map((visual) => visual.grid),
    videoGrids: videos.map((visual) => visual.grid),
    secondsPerGrid: videos.map((visual) => visual.secondsPerGrid ?? 1),
  };
}

/** Text goes on behind the last token's largest axis, as Hugging Face's generate does. */
function afterLast(positions: Int32Array): number {
  const length = positions.length / 3;
  if (length === 0) return 0;
  return 1 + Math.max(...[0, 1, 2].map((axis) => positions[(axis + 1) * length - 1] ?? 0));
}

function distinctVisuals(trees: readonly PromptTree[]): readonly Visual[] {
  return [...new Set(trees.flatMap((tree) => tree.prompt.visuals))];
}

interface VisionStream {
  readonly packed: PackedVision;
  /** First merged token (original order) of each visual. */
  readonly firstMerged: ReadonlyMap<Visual, number>;
  /** Window-order row of each merged token in original order. */
  readonly inverse: Int32Array;
}

function packVision(config: ModelConfig, visuals: readonly Visual[]): VisionStream {
  const grids = visuals.map((visual) => visual.grid);
  const layout = visionLayout(config, grids);
  const rope = visionRope(config, layout);
  const unit = config.vision.spatialMergeSize ** 2;
  const width =
    config.vision.inChannels * config.vision.temporalPatchSize * config.vision.patchSize ** 2;
  const original = new Float32Array(layout.patches * width);
  const firstMerged = new Map<Visual, number>();
  let patch = 0;
  visuals.forEach((visual, v) => {
    const expected = (layout.tokensPerPicture[v] ?? 0) * unit * width;
    if (visual.patches.length !== expected) {
      throw new LabError(
        'dataset/bad-row',
        `[pack] patches must fill the grid ${visual.grid.join('x')}: expected ${expected} numbers, got ${visual.patches.length}`,
      );
    }
    firstMerged.set(visual, patch / unit);
    original.set(visual.patches, patch * width);
    patch += visual.patches.length / width;
  });
  const pixels = new Float32Array(original.length);
  layout.patchOrder.forEach((from, to) => {
    pixels.set(original.subarray(from * width, (from + 1) * width), to * width);
  });
  return {
    packed: {
      pixels,
      patches: layout.patches,
      cos: rope.cos,
      sin: rope.sin,
      windowSegments: layout.windowSegments,
      fullSegments: layout.fullSegments,
      windowOrder: layout.order,
      merged: layout.patches / unit,
    },
    firstMerged,
    inverse: layout.inverse,
  };
}

function placeTokens(
  config: ModelConfig,
  trees: readonly PromptTree[],
  ids: Int32Array,
  vision: VisionStream | undefined,
): Pick<Packed, 'textIds' | 'place'> {
  if (vision === undefined) {
    for (const tree of trees) merged(config, tree);
    return { textIds: ids, place: undefined };
  }
  const visualTokens = new Int32Array(ids.length).fill(-1);
  let start = 0;
  for (const tree of trees) {
    const rows = merged(config, tree).flatMap(({ visual, count }) => {
      const first = vision.firstMerged.get(visual) ?? 0;
      return Array.from({ length: count }, (_, i) => vision.inverse[first + i] ?? 0);
    });
    let next = 0;
    tree.prompt.ids.forEach((id, i) => {
      if (isPlaceholder(config, id)) visualTokens[start + i] = rows[next++] ?? 0;
    });
    start += tree.prompt.ids.length + branchTokens(tree);
  }
  const textIds = ids.filter((_, i) => visualTokens[i] === -1);
  const place = new Int32Array(ids.length);
  let text = 0;
  visualTokens.forEach((row, i) => {
    place[i] = row === -1 ? text++ : textIds.length + row;
  });
  return { textIds, place };
}

/** The visuals of a prompt with their merged-token counts, checked against its placeholders. */
function merged(config: ModelConfig, tree: PromptTree) {
  const unit = config.vision.spatialMergeSize ** 2;
  const counts = tree.prompt.visuals.map((visual) => ({
    visual,
    count: (visual.grid[0] * visual.grid[1] * visual.grid[2]) / unit,
  }));
  const expected = counts.reduce((sum, entry) => sum + entry.count, 0);
  const found = tree.prompt.ids.reduce((sum, id) => sum + (isPlaceholder(config, id) ? 1 : 0), 0);
  if (expected !== found) {
    throw new LabError(
      'dataset/bad-row',
      `[pack] image features and image tokens must agree: ${expected} merged visual tokens for ${found} placeholders`,
      { hint: 'repeat the placeholder once per merged token, or let the chat template expand it' },
    );
  }
  return counts;
}

function isPlaceholder(config: ModelConfig, id: number): boolean {
  return id === config.imageTokenId || id === config.videoTokenId;
}
