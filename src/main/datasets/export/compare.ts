/**
 * What a round trip lost. Comes in: samples as they were and as they came back. Goes out: per field, in
 * how many rows it differs, with one example.
 */
import type { ExportLoss } from '../../../shared/model/dataset-reports.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Part, Sample } from '../../../shared/model/sample.ts';
import { arrange } from './arrange.ts';

/** Pixels of boxes are rounded to a thousandth; a box of a model is never finer. */
const BOX_STEP = 2e-4;
const EXAMPLE_CHARS = 160;

export class Losses {
  readonly #found = new Map<string, { rows: number; example: string }>();

  /** @param after undefined when the row did not come back at all */
  compare(row: number, before: Sample, after: Sample | undefined, reason = ''): void {
    if (after === undefined) {
      this.#add('row', `row ${row}: ${reason === '' ? 'it is not there' : reason}`);
      return;
    }
    const [was, is] = [fieldsOf(before), fieldsOf(after)];
    for (const field of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const [from, to] = [stable(was[field]), stable(is[field])];
      if (from === to || (field === 'regions' && areSameBoxes(before, after))) continue;
      this.#add(field, `row ${row}: ${shortened(from)} became ${shortened(to)}`);
    }
  }

  list(): ExportLoss[] {
    return [...this.#found].map(([field, { rows, example }]) => ({ field, rows, example }));
  }

  #add(field: string, example: string): void {
    const known = this.#found.get(field);
    this.#found.set(field, { rows: (known?.rows ?? 0) + 1, example: known?.example ?? example });
  }
}

/** A sample in one form, whatever order its pictures were kept in. */
function fieldsOf(sample: Sample): Record<string, unknown> {
  const { images, videos, audios, messages, regions, extra, ...rest } = arrange(sample).sample;
  const columns = Object.entries(extra).map(([name, value]) => [`extra.${name}`, value ?? null]);
  return {
    ...rest,
    messages: messages.map(({ role, content, extra: own }) => ({
      role,
      content: spaced(content),
      ...(own === undefined ? {} : { extra: own }),
    })),
    images: images.map(shaOf),
    videos: videos.map(({ frames, fps }) => ({ frames: frames.map(shaOf), fps })),
    audios: audios.map(shaOf),
    regions: regions.map(({ label, image, box }) => ({ label, image, box })),
    ...(regions.every(({ by }) => by === 'truth')
      ? {}
      : { 'regions.by': regions.map(({ by }) => by) }),
    ...Object.fromEntries(columns),
  };
}

/** Neighbouring texts are one text, and spacing beside a picture means nothing. */
function spaced(content: readonly Part[]): Part[] {
  const parts: Part[] = [];
  for (const part of content) {
    const last = parts.at(-1);
    if (part.type === 'text' && last?.type === 'text') {
      parts[parts.length - 1] = { type: 'text', text: last.text + part.text };
    } else parts.push(part);
  }
  return parts
    .map((part) => (part.type === 'text' ? { ...part, text: part.text.trim() } : part))
    .filter((part) => part.type !== 'text' || part.text !== '');
}

function areSameBoxes(before: Sample, after: Sample): boolean {
  const [was, is] = [arrange(before).sample.regions, arrange(after).sample.regions];
  return (
    was.length === is.length &&
    was.every(({ label, image, box }, index) => {
      const other = is[index];
      return (
        other?.label === label &&
        other.image === image &&
        box.every((edge, side) => Math.abs(edge - (other.box[side] ?? 2)) <= BOX_STEP)
      );
    })
  );
}

function shaOf({ sha256 }: MediaRef): string {
  return sha256;
}

/** JSON with the names of objects in order: two files may list them differently. */
function stable(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function shortened(text: string): string {
  return text.length > EXAMPLE_CHARS ? `${text.slice(0, EXAMPLE_CHARS)}…` : text;
}
