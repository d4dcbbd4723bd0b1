/**
 * What a form of rows is: how a sample becomes a row, which columns that row has, and how it is read
 * back. Comes in: an arranged sample and the surroundings of an export. Goes out: a row, or the reason
 * why this form has no place for it.
 */

import type { ExportFormat } from '../../../shared/model/dataset-reports.ts';
import type { ColumnRole } from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Clip, Message, Part, Sample } from '../../../shared/model/sample.ts';

export type Row = Record<string, unknown>;

/** What a column holds, for files that need to know (parquet). */
export type ColumnKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'texts'
  | 'flags'
  | 'numbers'
  | 'turns'
  | 'part-turns'
  | 'media'
  | 'json'
  | { readonly [field: string]: 'text' | 'number' };

export interface Surroundings {
  /** Name of the dataset. */
  readonly name: string;
  /** The file kind that is written. */
  readonly file: ExportFormat['files'][number];
  /** How a row names a picture, clip file or sound; copies it where files lie beside. */
  readonly media: (ref: MediaRef) => unknown;
  /** At least one row has a prompt. */
  readonly hasPrompts: boolean;
  /** At least one row has pictures. */
  readonly hasImages: boolean;
  /** At least one row has more than one file of media. */
  readonly hasSeveral: boolean;
  /** At least one row has a rejected completion. */
  readonly isRanking: boolean;
  /** Columns of the source without a role, by what they hold. */
  readonly extras: ReadonlyMap<string, 'text' | 'number' | 'boolean' | 'json'>;
}

export interface ExportForm extends ExportFormat {
  /** @returns the row, or why this form cannot hold the sample */
  readonly row: (sample: Sample, around: Surroundings, index: number) => Row | string;
  readonly columns: (around: Surroundings) => Readonly<Record<string, ColumnKind>>;
  /** Roles under which the columns are read back. */
  readonly roles: Readonly<Record<string, ColumnRole>>;
  /** Name of the file of rows, without its ending. */
  readonly fileName: string;
}

/** What every form keeps beside its own columns: identity, judgement and what the source had. */
export const COMMON_ROLES = {
  id: 'id',
  answer: 'answer',
  task: 'task',
  difficulty: 'difficulty',
  verifier: 'verifier',
  boxes: 'boxes',
  images: 'images',
  videos: 'videos',
  audios: 'audios',
} as const satisfies Record<string, ColumnRole>;

export const COMMON_COLUMNS = {
  id: 'text',
  answer: 'text',
  task: 'text',
  difficulty: 'number',
  verifier: 'json',
  boxes: 'json',
} as const satisfies Record<string, ColumnKind>;

/** The common columns of a row; what is not there is left out. */
export function commonColumns(sample: Sample): Row {
  return present({
    id: sample.key,
    answer: sample.answer,
    task: sample.task,
    difficulty: sample.difficulty,
    verifier: sample.verifier,
    boxes: sample.regions.length === 0 ? null : sample.regions.map(boxOf),
  });
}

/** Corners in 0..1 of the upright picture, which no reader can take for pixels. */
function boxOf({ label, image, box }: Sample['regions'][number]): Row {
  return { label, image, bbox: box };
}

/** Pictures, clips and sounds as columns of a row. */
export function mediaColumns(sample: Sample, around: Surroundings): Row {
  return present({
    images: listOrNull(sample.images.map(around.media)),
    videos: listOrNull(sample.videos.map((clip) => clipOf(clip, around))),
    audios: listOrNull(sample.audios.map(around.media)),
  });
}

function clipOf({ frames, fps }: Clip, around: Surroundings): unknown {
  const files = frames.map(around.media);
  return fps === 1 ? files : { frames: files, fps };
}

function listOrNull(list: unknown[]): unknown[] | null {
  return list.length === 0 ? null : list;
}

/** Source columns without a role go out as they came, unless the form has a column of that name. */
export function withExtras(row: Row, sample: Sample): Row {
  const left = Object.entries(sample.extra).filter(([name]) => !Object.hasOwn(row, name));
  return { ...row, ...Object.fromEntries(left) };
}

export function present(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** A turn whose content is a list of parts, as vision templates want it. */
export function partTurn({ role, content, extra }: Message): Row {
  return { ...extra, role, content: content.map(partOf) };
}

function partOf(part: Part): Row {
  return part.type === 'text' ? { type: 'text', text: part.text } : { type: part.type };
}
