/**
 * Samples of the world as a dataset folder: `rows.jsonl` in the form of shared/protocol/rows.ts and
 * PNG files below `images/`, a thousand samples to a folder. Written in parts, so that any number of
 * rows takes the same memory; rows.jsonl gets its name when it is whole.
 */
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { LabError } from '../../shared/errors.ts';
import type { TrainingRowInput } from '../../shared/protocol/rows.ts';
import type { Sample, WorldImage } from './types.ts';

export interface WorldExport {
  readonly count: number;
  /** Asks for the thought: put after every question. */
  readonly suffix: string;
  sampleAt(index: number): Sample;
}

export interface ExportHooks {
  readonly signal: AbortSignal;
  onProgress(done: number): void;
}

export interface ExportedWorld {
  readonly rows: string;
  readonly images: number;
  readonly bytes: number;
}

/** Samples whose pictures are compressed side by side. */
const BATCH = 64;
const PER_FOLDER = 1000;

/** @throws LabError `file/write-failed`, `config/invalid`; nothing is left where rows.jsonl would be */
export async function exportWorld(
  folder: string,
  world: WorldExport,
  hooks: ExportHooks,
): Promise<ExportedWorld> {
  const out = resolve(folder);
  const [draft, rows] = [join(out, 'rows.jsonl.part'), join(out, 'rows.jsonl')];
  const sums = { images: 0, bytes: 0 };
  try {
    await mkdir(join(out, 'images'), { recursive: true });
    const file = await open(draft, 'w');
    try {
      for (let start = 0; start < world.count; start += BATCH) {
        // Drawing never waits for anything: let a cancellation in.
        await setImmediate();
        hooks.signal.throwIfAborted();
        const end = Math.min(world.count, start + BATCH);
        const lines = await writeBatch(out, world, { start, end, sums });
        await file.write(lines);
        hooks.onProgress(end);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, rows);
  } catch (thrown) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw asWriteError(thrown, out);
  }
  const { size } = await stat(rows);
  return { rows, images: sums.images, bytes: sums.bytes + size };
}

async function writeBatch(
  out: string,
  world: WorldExport,
  part: {
    readonly start: number;
    readonly end: number;
    readonly sums: { images: number; bytes: number };
  },
): Promise<string> {
  const shelf = join('images', String(Math.floor(part.start / PER_FOLDER)).padStart(4, '0'));
  const pending: Promise<void>[] = [];
  const lines: string[] = [];
  await mkdir(join(out, shelf), { recursive: true });
  for (let index = part.start; index < part.end; index++) {
    const sample = world.sampleAt(index);
    const names = sample.images.map(
      (_, i) => `${shelf}/${String(index).padStart(7, '0')}-${i}.png`,
    );
    sample.images.forEach((image, i) => {
      pending.push(
        writePng(join(out, names[i] ?? ''), image).then((bytes) => {
          part.sums.images += 1;
          part.sums.bytes += bytes;
        }),
      );
    });
    lines.push(`${JSON.stringify(rowOf(sample, names, world.suffix))}\n`);
  }
  await Promise.all(pending);
  return lines.join('');
}

/** A sample as a row; what the training form has no field for follows under names of its own. */
export function rowOf(
  sample: Sample,
  files: readonly string[],
  suffix: string,
): TrainingRowInput & Record<string, unknown> {
  const isClip = sample.task.startsWith('clip-');
  return {
    id: sample.id,
    prompt: `${sample.question}${suffix}`,
    ...(isClip ? { frames: [...files] } : { images: [...files] }),
    answer: sample.answer,
    verifier: { kind: sample.verifier.kind, params: { ...sample.verifier.params } },
    completion: sample.trace,
    rejected: sample.direct,
    task: sample.task,
    difficulty: sample.difficulty,
    split: sample.split,
    caption: sample.caption,
    ...(sample.boxes.length === 0 ? {} : { objects: objectsOf(sample) }),
  };
}

/** Boxes as ms-swift has them: corners in 0..1 of the picture. */
function objectsOf({ boxes, images }: Sample): object {
  return {
    ref: boxes.map(({ what }) => what),
    bbox: boxes.map(({ image, x0, y0, x1, y1 }) => {
      const { width = 1, height = 1 } = images[image] ?? {};
      return [x0 / width, y0 / height, x1 / width, y1 / height].map((value) =>
        Number(Math.min(1, Math.max(0, value)).toFixed(4)),
      );
    }),
    bbox_type: 'norm1',
    image_id: boxes.map(({ image }) => image),
  };
}

async function writePng(path: string, image: WorldImage): Promise<number> {
  const { width, height } = image;
  // Flat drawings compress well at once; more effort gains a few per cent and costs most of the time.
  const bytes = await sharp(image.rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
  await writeFile(path, bytes);
  return bytes.length;
}

function asWriteError(thrown: unknown, out: string): unknown {
  const isSystem = thrown instanceof Error && 'syscall' in thrown;
  if (!isSystem) return thrown;
  return new LabError('file/write-failed', `[world] ${out}: ${thrown.message}`, { cause: thrown });
}
