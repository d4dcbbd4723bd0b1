/** Positions, window order, segments and rotary coordinates against the Hugging Face fixtures: exact. */
import { describe, expect, it } from 'vitest';
import { mropePositions } from '../../../src/engine/models/qwen2-5-vl/mrope.ts';
import { textRope, visionRope } from '../../../src/engine/models/qwen2-5-vl/rope-table.ts';
import { visionLayout } from '../../../src/engine/models/qwen2-5-vl/vision-layout.ts';
import { readConfig } from '../../../src/engine/models/qwen2-5-vl/weights.ts';
import {
  CASES,
  fixture,
  floats,
  grids,
  has,
  ints,
  PARITY_MODEL,
} from '../../support/public-fixture.ts';

const { config } = readConfig(PARITY_MODEL);

describe('mrope', () => {
  it.each(CASES)('gives position_ids and rope_deltas of case %s', (name) => {
    const [B = 0, S = 0] = fixture(`${name}/input_ids`).shape;
    const ids = ints(`${name}/input_ids`);
    const mask = ints(`${name}/attention_mask`);
    const expected = ints(`${name}/position_ids`);
    const deltas = ints(`${name}/rope_deltas`);
    const images = grids(`${name}/image_grid_thw`);
    const videos = grids(`${name}/video_grid_thw`);
    const seconds = has(`${name}/second_per_grid_ts`)
      ? [...floats(`${name}/second_per_grid_ts`)]
      : [];
    for (let b = 0; b < B; b++) {
      const columns = Array.from({ length: S }, (_, s) => s).filter((s) => mask[b * S + s] === 1);
      const inputIds = columns.map((s) => ids[b * S + s] ?? 0);
      const pictures = countRuns(inputIds, config.imageTokenId);
      const clips = countRuns(inputIds, config.videoTokenId);
      const row = mropePositions(config, {
        inputIds,
        imageGrids: images.splice(0, pictures),
        videoGrids: videos.splice(0, clips),
        secondsPerGrid: seconds.splice(0, clips),
      });
      const reference = [0, 1, 2].flatMap((axis) =>
        columns.map((s) => expected[(axis * B + b) * S + s]),
      );
      expect([...row.positions]).toEqual(reference);
      expect(row.delta).toBe(deltas[b]);
    }
  });
});

describe('mrope rules', () => {
  const video = config.videoTokenId;
  const rowOf = (seconds: number) => {
    // Grid [3, 4, 4]: 3 frames of 2 x 2 merged tokens, then two tokens of text.
    const inputIds = [5, ...new Array<number>(12).fill(video), 6, 7];
    return { inputIds, videoGrids: [[3, 4, 4] as const], secondsPerGrid: [seconds] };
  };
  const times = (positions: Int32Array) => [1, 5, 9, 13, 14].map((i) => positions[i]);

  it('differ where the time index outruns the picture', () => {
    // tokens_per_second 2, 1.25 s per step: frames at floor(k * 2.5) = 0, 2, 5 behind position 1.
    const five = mropePositions(config, rowOf(1.25));
    expect(times(five.positions)).toEqual([1, 3, 6, 3, 4]);
    expect(five.delta).toBe(7 - 15);
    const four = mropePositions(config, rowOf(1.25), 'transformers-4');
    expect(times(four.positions)).toEqual([1, 3, 6, 7, 8]);
    expect(four.delta).toBe(9 - 15);
  });

  it('agree where it does not', () => {
    const [five, four] = (['transformers-5', 'transformers-4'] as const).map((rule) =>
      mropePositions(config, rowOf(0.25), rule),
    );
    expect(five).toEqual(four);
  });

  it('name a placeholder without a picture, and a picture without placeholders', () => {
    const image = config.imageTokenId;
    const badRow = expect.objectContaining({ code: 'dataset/bad-row' });
    expect(() => mropePositions(config, { inputIds: [image] })).toThrow(/image 0 is missing/);
    expect(() => mropePositions(config, { inputIds: [image], imageGrids: [[1, 4, 4]] })).toThrow(
      badRow,
    );
    expect(() => mropePositions(config, { inputIds: [5], imageGrids: [[1, 4, 4]] })).toThrow(
      badRow,
    );
    expect(() => mropePositions(config, { inputIds: [image], imageGrids: [[1, 3, 2]] })).toThrow(
      badRow,
    );
  });
});

describe('vision layout', () => {
  it.each(CASES.filter((name) => has(`${name}/vision_rope_hw`)))('matches case %s', (name) => {
    const layout = visionLayout(config, [
      ...grids(`${name}/image_grid_thw`),
      ...grids(`${name}/video_grid_thw`),
    ]);
    expect([...layout.ropeHw]).toEqual([...ints(`${name}/vision_rope_hw`)]);
    expect([...layout.order]).toEqual([...ints(`${name}/vision_window_index`)]);
    expect(borders(layout.windowSegments)).toEqual([...ints(`${name}/vision_cu_window_seqlens`)]);
    expect(borders(layout.fullSegments)).toEqual([...ints(`${name}/vision_cu_seqlens`)]);
    layout.order.forEach((token, slot) => {
      expect(layout.inverse[token]).toBe(slot);
    });
  });
});

describe('rotary tables', () => {
  it('repeat the half and follow the section axes', () => {
    const positions = Int32Array.from([3, 0, 5, 0, 7, 0]);
    const { cos, sin } = textRope(config, positions);
    const { headSize: E, mropeSection, ropeTheta } = config.text;
    let frequency = 0;
    mropeSection.forEach((count, axis) => {
      for (let i = 0; i < count; i++, frequency++) {
        const angle = (positions[axis * 2] ?? 0) * ropeTheta ** ((-2 * frequency) / E);
        for (const at of [frequency, frequency + E / 2]) {
          expect(cos[at]).toBeCloseTo(Math.cos(angle), 6);
          expect(sin[at]).toBeCloseTo(Math.sin(angle), 6);
        }
      }
    });
    expect([...cos.subarray(E)]).toEqual(new Array(E).fill(1));
  });

  it('put the vision rows in window order', () => {
    const layout = visionLayout(config, [[1, 6, 8]]);
    const { cos } = visionRope(config, layout);
    const E = config.vision.headSize;
    for (let slot = 0; slot < layout.patches; slot++) {
      const patch = layout.patchOrder[slot] ?? 0;
      // Frequency 0 is 1: its angle is the row itself, and that of the second quarter the column.
      expect(cos[slot * E]).toBeCloseTo(Math.cos(layout.ropeHw[2 * patch] ?? 0), 6);
      expect(cos[slot * E + E / 4]).toBeCloseTo(Math.cos(layout.ropeHw[2 * patch + 1] ?? 0), 6);
    }
  });
});

function countRuns(ids: readonly number[], id: number): number {
  return ids.filter((value, i) => value === id && ids[i - 1] !== id).length;
}

function borders(segments: Int32Array): number[] {
  const out = [0];
  for (let i = 0; i < segments.length; i += 4) {
    expect(segments[i]).toBe(out.at(-1));
    out.push((segments[i] ?? 0) + (segments[i + 1] ?? 0));
  }
  return out;
}
