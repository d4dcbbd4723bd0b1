/**
 * A batch of source rows in, rows as they are written out: mapped, their media stored, their boxes
 * scaled. Whatever one row throws becomes its entry in the list of bad rows.
 */
import { LabError } from '../../../shared/errors.ts';
import type { Mapping } from '../../../shared/model/import.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import type { SourceBatch } from '../readers/read-source.ts';
import { excerptOf, type SourceRow } from '../readers/source.ts';
import { readRegions } from './boxes.ts';
import type { FacetValue } from './columns.ts';
import { type Draft, RowMapper } from './map-row.ts';
import type { MediaIntake } from './media-intake.ts';

export interface GoodRow {
  readonly kind: 'row';
  readonly sample: Sample;
  readonly facets: readonly FacetValue[];
  readonly notes: readonly string[];
}

export interface RefusedRow {
  readonly kind: 'bad';
  readonly reason: string;
  readonly excerpt: string;
}

/** `line` is that within the file, 0 where it has none; `ordinal` that of the whole source. */
export type MadeRow = (GoodRow | RefusedRow) & { readonly line: number; readonly ordinal: number };

export interface RowMakerOptions {
  /** Told of every row whose media are stored. */
  readonly onRow?: (() => void) | undefined;
  /** All values are text, as in CSV. */
  readonly isTable?: boolean;
}

/** Rows whose media are read and stored at the same time. */
const CONCURRENT_ROWS = 8;

export class RowMaker {
  readonly #mapper: RowMapper;
  readonly #intake: MediaIntake;
  readonly #onRow: () => void;

  constructor(mapping: Mapping, intake: MediaIntake, options: RowMakerOptions = {}) {
    const { onRow = () => {}, isTable = false } = options;
    this.#mapper = new RowMapper(mapping, isTable);
    this.#intake = intake;
    this.#onRow = onRow;
  }

  /** Rows of another split than the one asked for are left out; everything else is there. */
  async make(batch: Pick<SourceBatch, 'items' | 'file' | 'ordinal'>): Promise<MadeRow[]> {
    const made: (MadeRow | null)[] = new Array(batch.items.length).fill(null);
    const waiting: (() => Promise<void>)[] = [];
    for (const [i, item] of batch.items.entries()) {
      const place = { line: item.line, ordinal: batch.ordinal + i };
      if (item.kind === 'bad') {
        made[i] = { kind: 'bad', reason: item.reason, excerpt: item.excerpt, ...place };
        continue;
      }
      const draft = this.#draft(item, place.ordinal);
      if (draft === null) continue;
      if ('reason' in draft) made[i] = { ...draft, ...place };
      else if (!hasMedia(draft)) made[i] = { ...this.#finished(draft, item), ...place };
      else {
        waiting.push(async () => {
          made[i] = { ...(await this.#withMedia(draft, item, batch.file.path)), ...place };
          this.#onRow();
        });
      }
    }
    await runAll(waiting, CONCURRENT_ROWS);
    return made.filter((row) => row !== null);
  }

  #draft(item: SourceRow, ordinal: number): Draft | RefusedRow | null {
    try {
      if (this.#mapper.isOtherSplit(item.values)) return null;
      return this.#mapper.map(item.values, String(ordinal));
    } catch (thrown) {
      return refused(thrown, item);
    }
  }

  #finished(draft: Draft, item: SourceRow): GoodRow | RefusedRow {
    try {
      return this.#good(draft, draft.sample);
    } catch (thrown) {
      return refused(thrown, item);
    }
  }

  async #withMedia(draft: Draft, item: SourceRow, file: string): Promise<GoodRow | RefusedRow> {
    try {
      const [images, videos, audios] = await Promise.all([
        this.#intake.images(draft.images, file),
        this.#intake.clips(draft.videos, file),
        this.#intake.audios(draft.audios, file),
      ]);
      return this.#good(draft, { ...draft.sample, images, videos, audios });
    } catch (thrown) {
      return refused(thrown, item);
    }
  }

  #good(draft: Draft, sample: Sample): GoodRow {
    const notes = [...draft.notes];
    if (sample.videos.some(({ file }) => file !== undefined)) {
      notes.push('Clips that are one file are kept as they are: training needs them as frames.');
    }
    const { boxes } = this.#mapper.mapping.options;
    const regions = readRegions(draft.boxes, boxes, sample.images);
    const whole = regions.length === 0 ? sample : { ...sample, regions };
    return { kind: 'row', sample: whole, facets: draft.facets, notes };
  }
}

function hasMedia(draft: Draft): boolean {
  return draft.images.length + draft.videos.length + draft.audios.length > 0;
}

function refused(thrown: unknown, item: SourceRow): RefusedRow {
  const error = LabError.from(thrown);
  // A full disk is no fault of the row: the import stops and can go on later.
  if (error.code === 'file/write-failed') throw error;
  const { message } = error;
  return { kind: 'bad', reason: message, excerpt: excerptOf(item.values) };
}

/** Runs all of them, `limit` at a time. @throws what the first one threw */
async function runAll(tasks: readonly (() => Promise<void>)[], limit: number): Promise<void> {
  let next = 0;
  const runOn = async (): Promise<void> => {
    while (next < tasks.length) await tasks[next++]?.();
  };
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, runOn));
}
