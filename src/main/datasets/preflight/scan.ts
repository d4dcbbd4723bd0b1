/**
 * Looks at every row of a dataset once. Comes in: the dataset's folder. Goes out: rows by problem, each
 * with a note, and what duplicates are found by. Pictures are not read here.
 */
import { existsSync } from 'node:fs';
import type { PreflightProblem } from '../../../shared/model/dataset-reports.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { decodeSample, promptText, type Sample, textOf } from '../../../shared/model/sample.ts';
import { mediaPath } from '../../workspace/store-media.ts';
import { type AnswerForm, formOf } from '../answer-form.ts';
import { openRowsFile } from '../rows-file.ts';
import { answerProblem, commonForm } from './answers.ts';
import { type Signature, signatureOf } from './duplicates.ts';

export type ProblemId = PreflightProblem['id'];

/** One row with a problem. */
export interface Note {
  readonly row: number;
  readonly note: string;
}

export interface Scan {
  readonly rows: number;
  readonly notes: Map<ProblemId, Note[]>;
  readonly signatures: Signature[];
  readonly keys: string[];
  /** Every picture and frame once. */
  readonly media: Map<string, MediaRef>;
  /** Rows by picture, for what is found out about pictures later. */
  readonly rowsByMedia: Map<string, number[]>;
  /** Rows the import could not read. */
  readonly badRows: { readonly count: number; readonly reasons: readonly string[] };
}

/** About 2,048 tokens of English. */
export const LONG_PROMPT_CHARS = 8000;
/** One merged patch of the vision tower: nothing smaller can be looked at without stretching. */
export const TINY_SIDE = 28;
/** 4096 x 4096: more than a model takes without shrinking it. */
export const HUGE_PIXELS = 2 ** 24;
const ROWS_BETWEEN_TELLING = 2000;

export function scanRows(
  workspace: string,
  folder: string,
  onDone: (done: number, total: number) => void,
): Scan {
  const db = openRowsFile(folder);
  try {
    const total = Number(db.prepare('SELECT count(*) FROM samples').pluck().get());
    const common = commonAnswer(
      db.prepare('SELECT answer FROM rows WHERE answer IS NOT NULL LIMIT 20000').pluck().all(),
    );
    const scan: Scan = {
      rows: total,
      notes: new Map(),
      signatures: [],
      keys: [],
      media: new Map(),
      rowsByMedia: new Map(),
      badRows: {
        count: Number(db.prepare('SELECT count(*) FROM bad_rows').pluck().get()),
        reasons: db
          .prepare('SELECT reason FROM bad_rows ORDER BY position LIMIT 20')
          .pluck()
          .all()
          .map(String),
      },
    };
    const missing = new Map<string, boolean>();
    const isMissing = (ref: MediaRef): boolean => {
      let known = missing.get(ref.sha256);
      if (known === undefined) {
        known = !existsSync(mediaPath(workspace, ref));
        missing.set(ref.sha256, known);
      }
      return known;
    };
    const statement = db.prepare('SELECT row, sample FROM samples ORDER BY row');
    // As declared in rows-file.ts.
    for (const { row, sample: text } of statement.iterate() as IterableIterator<{
      row: number;
      sample: string;
    }>) {
      const sample = decodeSample(text);
      noteRow(scan, row, sample, common, isMissing);
      if (row % ROWS_BETWEEN_TELLING === 0) onDone(row, total);
    }
    return scan;
  } finally {
    db.close();
  }
}

/** Only what duplicates are found by: for the sets that a dataset is compared with. */
export function scanSignatures(folder: string): Pick<Scan, 'signatures' | 'media'> {
  const db = openRowsFile(folder);
  try {
    const signatures: Signature[] = [];
    const media = new Map<string, MediaRef>();
    for (const text of db.prepare('SELECT sample FROM samples ORDER BY row').pluck().iterate()) {
      const sample = decodeSample(String(text));
      signatures.push(signatureOf(sample));
      for (const ref of picturesOf(sample)) media.set(ref.sha256, ref);
    }
    return { signatures, media };
  } finally {
    db.close();
  }
}

function commonAnswer(answers: readonly unknown[]): AnswerForm | null {
  const counts = { number: 0, choice: 0, word: 0, text: 0 };
  for (const answer of answers) counts[formOf(String(answer))] += 1;
  return commonForm(counts);
}

function noteRow(
  scan: Scan,
  row: number,
  sample: Sample,
  common: AnswerForm | null,
  isMissing: (ref: MediaRef) => boolean,
): void {
  const note = (problem: ProblemId, text: string): void => {
    const list = scan.notes.get(problem);
    if (list === undefined) scan.notes.set(problem, [{ row, note: text }]);
    else list.push({ row, note: text });
  };
  scan.signatures.push(signatureOf(sample));
  scan.keys.push(sample.key);
  for (const ref of new Set(picturesOf(sample))) {
    scan.media.set(ref.sha256, ref);
    const rows = scan.rowsByMedia.get(ref.sha256);
    if (rows === undefined) scan.rowsByMedia.set(ref.sha256, [row]);
    else rows.push(row);
    noteSize(ref, note);
  }
  const lost = [...picturesOf(sample), ...sample.audios].filter(isMissing);
  if (lost.length > 0)
    note('missing-image', `${lost[0]?.sha256.slice(0, 12)}… is not in the media store`);
  const marks = markProblem(sample);
  if (marks !== null) note('image-marks', marks);
  const answer = answerProblem(sample, common);
  if (answer !== null) note('unparsable-answer', answer);
  if (isEmpty(sample)) note('empty-answer', 'neither an answer nor a completion');
  const chars = sample.messages.reduce((sum, { content }) => sum + textOf(content).length, 0);
  if (chars > LONG_PROMPT_CHARS) note('long-prompt', `${chars} characters`);
}

function noteSize(ref: MediaRef, note: (problem: ProblemId, text: string) => void): void {
  const { width, height } = ref;
  if (width === undefined || height === undefined) return;
  const size = `${width} x ${height}`;
  if (Math.min(width, height) < TINY_SIDE) note('tiny-image', size);
  if (width * height > HUGE_PIXELS) note('huge-image', size);
}

function picturesOf(sample: Sample): MediaRef[] {
  return [...sample.images, ...sample.videos.flatMap(({ frames }) => frames)];
}

/** Places of pictures in the turns against the pictures there are. */
function markProblem(sample: Sample): string | null {
  const shown = sample.messages.flatMap(({ content }) => content);
  const places = shown.filter((part) => part.type === 'image');
  const beyond = places.find(({ index }) => index >= sample.images.length);
  if (beyond !== undefined) {
    return `picture ${beyond.index + 1} is shown, the row has ${sample.images.length}`;
  }
  const marks = promptText(sample).split('<image>').length - 1;
  if (marks > 0 && marks + places.length !== sample.images.length) {
    return `${marks + places.length} marks for ${sample.images.length} pictures`;
  }
  const used = new Set(places.map(({ index }) => index)).size;
  if (marks === 0 && used > 0 && used < sample.images.length) {
    return `${sample.images.length - used} of ${sample.images.length} pictures are never shown`;
  }
  return null;
}

function isEmpty({ answer, completion, rejected, steps }: Sample): boolean {
  const texts = [answer, completion, rejected, ...steps.map(({ text }) => text)];
  return texts.every((text) => text === null || text.trim() === '');
}
