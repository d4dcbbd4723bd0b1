/**
 * A folder of reference numbers: `model/`, `tensors.safetensors`, `expected.json`, maybe
 * `lora_adapter/`. Gives the cases with their inputs as prompt rows.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { readJsonFile } from '../files/json-file.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { type HostTensor, toF32, toI32 } from '../files/tensor-data.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import type { Visual } from '../policy/tree.ts';

const checksumSchema = z.object({
  sum: z.number(),
  abs_sum: z.number(),
  l2: z.number(),
  first_row_first8: z.array(z.number()),
  last_row_last8: z.array(z.number()),
});

const expectedSchema = z.looseObject({
  cases: z.record(
    z.string(),
    z.looseObject({
      hidden_state_checksums: z.record(z.string(), checksumSchema),
      sft: z.looseObject({
        loss: z.number(),
        grad_global_norm: z.number(),
        grad_norms: z.record(z.string(), z.number()),
      }),
      generate: z.looseObject({ prompt_length: z.number(), ids: z.array(z.array(z.number())) }),
    }),
  ),
  adamw: z
    .looseObject({
      case: z.string(),
      lr: z.number(),
      betas: z.tuple([z.number(), z.number()]),
      eps: z.number(),
      weight_decay: z.number(),
      clip_grad_norm: z.number(),
      trajectory: z.array(z.object({ loss: z.number(), grad_norm_before_clip: z.number() })),
    })
    .optional(),
  lora: z.record(z.string(), z.unknown()).optional(),
});

export const loraCaseSchema = z.looseObject({
  loss: z.number(),
  grad_norms: z.record(z.string(), z.number()),
});

export type Expected = z.infer<typeof expectedSchema>;
export type Checksum = z.infer<typeof checksumSchema>;

export interface Fixture {
  readonly folder: string;
  readonly expected: Expected;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** Accepts the folder itself or one that holds it as `parity/`. */
export function openFixture(dir: string): Fixture {
  const folder = existsSync(join(dir, 'expected.json')) ? dir : join(dir, 'parity');
  if (!existsSync(join(folder, 'expected.json'))) {
    throw new LabError('file/missing', `no expected.json in ${dir} or ${join(dir, 'parity')}`, {
      hint: 'give a fixtures folder with model/, tensors.safetensors and expected.json',
    });
  }
  const parsed = expectedSchema.safeParse(
    readJsonFile(join(folder, 'expected.json'), { maxBytes: 64 * 2 ** 20 }),
  );
  if (!parsed.success) {
    throw new LabError('file/corrupt', `${folder}/expected.json: ${z.prettifyError(parsed.error)}`);
  }
  const { tensors } = openSafetensors(join(folder, 'tensors.safetensors'));
  return { folder, expected: parsed.data, tensors };
}

/** One row of a case without its padding. */
export interface CaseRow {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** Column of the padded row where it starts. */
  readonly from: number;
  readonly visuals: readonly Visual[];
}

/** Reads one case's tensors by their short names. */
export class CaseTensors {
  readonly name: string;
  private readonly fixture: Fixture;

  constructor(fixture: Fixture, name: string) {
    this.fixture = fixture;
    this.name = name;
  }

  has(tensor: string): boolean {
    return this.fixture.tensors.has(`${this.name}/${tensor}`);
  }

  names(prefix: string): string[] {
    const start = `${this.name}/${prefix}`;
    return [...this.fixture.tensors.keys()]
      .filter((key) => key.startsWith(start))
      .map((key) => key.slice(this.name.length + 1));
  }

  get(tensor: string): HostTensor {
    const found = this.fixture.tensors.get(`${this.name}/${tensor}`);
    if (found === undefined) {
      throw new LabError(
        'safetensors/mismatch',
        `tensors.safetensors lacks ${this.name}/${tensor}`,
      );
    }
    return found;
  }

  f32(tensor: string): Float32Array {
    return toF32(this.get(tensor), tensor);
  }

  i32(tensor: string): Int32Array {
    return toI32(this.get(tensor), tensor);
  }

  /** Rows with their images and videos, taken in the order of their placeholders. */
  rows(config: ModelConfig): CaseRow[] {
    const [batch, length] = this.get('input_ids').shape as [number, number]; // [B, S] by the README
    const [ids, mask, labels] = [
      this.i32('input_ids'),
      this.i32('attention_mask'),
      this.i32('labels'),
    ];
    const images = this.visuals('image');
    const videos = this.visuals('video');
    return Array.from({ length: batch }, (_, b) => {
      const row = mask.subarray(b * length, (b + 1) * length);
      const from = row.indexOf(1);
      const end = row.lastIndexOf(1) + 1;
      const real = ids.slice(b * length + from, b * length + end);
      return {
        ids: real,
        labels: labels.slice(b * length + from, b * length + end),
        from,
        visuals: takeVisuals(config, real, images, videos),
      };
    });
  }

  private visuals(kind: 'image' | 'video'): Visual[] {
    if (!this.has(`${kind}_grid_thw`)) return [];
    const grids = this.i32(`${kind}_grid_thw`);
    const pixels = this.f32(kind === 'image' ? 'pixel_values' : 'pixel_values_videos');
    const width = this.get(kind === 'image' ? 'pixel_values' : 'pixel_values_videos').shape[1] ?? 0;
    const seconds = this.has('second_per_grid_ts') ? this.f32('second_per_grid_ts') : undefined;
    let at = 0;
    return Array.from({ length: grids.length / 3 }, (_, k) => {
      const [t = 0, h = 0, w = 0] = grids.subarray(3 * k, 3 * k + 3);
      const patches = pixels.slice(at * width, (at + t * h * w) * width);
      at += t * h * w;
      const second = kind === 'video' ? seconds?.[k] : undefined;
      return {
        kind,
        patches,
        grid: [t, h, w] as const,
        ...(second === undefined ? {} : { secondsPerGrid: second }),
      };
    });
  }
}

function takeVisuals(
  config: ModelConfig,
  ids: Int32Array,
  images: Visual[],
  videos: Visual[],
): Visual[] {
  const unit = config.vision.spatialMergeSize ** 2;
  const taken: Visual[] = [];
  for (let i = 0; i < ids.length; ) {
    const queue =
      ids[i] === config.imageTokenId ? images : ids[i] === config.videoTokenId ? videos : undefined;
    const visual = queue?.shift();
    if (visual === undefined) {
      i++;
      continue;
    }
    taken.push(visual);
    i += (visual.grid[0] * visual.grid[1] * visual.grid[2]) / unit;
  }
  return taken;
}
