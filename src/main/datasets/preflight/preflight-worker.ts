/**
 * The thread that checks a dataset. Comes in: the dataset and the sets it must not share rows with.
 * Goes out: progress, then the report and the rows of every problem.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { LabError, type WireError } from '../../../shared/errors.ts';
import type {
  PreflightProblem,
  PreflightReport,
  Progress,
} from '../../../shared/model/dataset-reports.ts';
import { exactGroups, type Groups, groupsBy, NearIndex, nearGroups } from './duplicates.ts';
import { Looks } from './looks.ts';
import { PROBLEM_ORDER, problemOf } from './report.ts';
import { type Note, type ProblemId, type Scan, scanRows, scanSignatures } from './scan.ts';

export interface PreflightWork {
  readonly workspace: string;
  readonly dataset: string;
  /** Datasets that hold rows which must not be trained on, or, for such a set, those that are. */
  readonly others: readonly { readonly id: string; readonly name: string }[];
}

export interface ProblemRows {
  readonly problem: ProblemId;
  readonly rows: Int32Array;
  /** Those that go when one of each group is kept. */
  readonly extra: Int32Array | null;
}

export type PreflightMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly report: PreflightReport; readonly lists: ProblemRows[] }
  | { readonly kind: 'failed'; readonly error: WireError };

/** Main starts this module with exactly this. */
const work = workerData as PreflightWork;

function tell(message: PreflightMessage): void {
  parentPort?.postMessage(message);
}

async function check(): Promise<void> {
  const started = performance.now();
  const { workspace, dataset } = work;
  const folder = join(workspace, 'datasets', dataset);
  const say = (stage: string) => (done: number, total: number) =>
    tell({ kind: 'progress', progress: { stage, done, total } });
  const scan = scanRows(workspace, folder, say('rows'));
  const looks = new Looks(workspace, folder);
  const refs = [...scan.media.values()].filter(({ type }) => type.startsWith('image/'));
  await looks.learn(refs, (done) => {
    if (done % 50 === 0 || done === refs.length) say('pictures')(done, refs.length);
  });
  await looks.save();
  noteRotations(scan, looks);
  const extras = new Map<ProblemId, number[]>();
  const sameAs = (groups: Groups, id: ProblemId, word: string): void => {
    const notes = groups.rows.map((row) => ({
      row,
      note: `${word} row ${groups.partners.get(row)}`,
    }));
    scan.notes.set(id, notes);
    extras.set(id, groups.extra);
  };
  const lookOf = (sha256: string) => looks.get(sha256);
  sameAs(groupsBy(scan.keys), 'duplicate-key', 'the id of');
  sameAs(exactGroups(scan.signatures), 'duplicate-row', 'the same as');
  sameAs(nearGroups(scan.signatures, lookOf), 'near-duplicate', 'nearly the same as');
  scan.notes.set('held-out-duplicate', await sharedRows(scan, looks));
  const lists: ProblemRows[] = [];
  const problems: PreflightProblem[] = [];
  for (const id of PROBLEM_ORDER) {
    const notes = scan.notes.get(id) ?? [];
    const rows = Int32Array.from(new Set(notes.map(({ row }) => row)));
    const extra = extras.get(id);
    if (id === 'bad-rows' && scan.badRows.count > 0) {
      problems.push({ ...problemOf(id, [], scan.badRows.count, 0), detail: badRowDetail(scan) });
    }
    if (rows.length === 0) continue;
    lists.push({ problem: id, rows, extra: extra === undefined ? null : Int32Array.from(extra) });
    problems.push(problemOf(id, notes, rows.length, extra?.length ?? 0));
  }
  const report: PreflightReport = {
    dataset,
    checkedAt: new Date().toISOString(),
    rows: scan.rows,
    ms: performance.now() - started,
    problems,
  };
  tell({ kind: 'done', report, lists });
}

function badRowDetail({ badRows }: Scan): string {
  return `The first: ${badRows.reasons[0] ?? 'no reason was kept'}`;
}

function noteRotations(scan: Scan, looks: Looks): void {
  const notes: Note[] = [];
  for (const [sha256, rows] of scan.rowsByMedia) {
    const orientation = looks.get(sha256)?.orientation ?? 1;
    if (orientation <= 1) continue;
    for (const row of rows) notes.push({ row, note: `EXIF orientation ${orientation}` });
  }
  if (notes.length > 0)
    scan.notes.set(
      'exif-rotation',
      notes.sort((a, b) => a.row - b.row),
    );
}

/** Rows whose question and pictures also stand in one of the other sets. */
async function sharedRows(scan: Scan, looks: Looks): Promise<Note[]> {
  const notes: Note[] = [];
  for (const other of work.others) {
    const folder = join(work.workspace, 'datasets', other.id);
    const { signatures, media } = scanSignatures(folder);
    const theirs = new Looks(work.workspace, folder);
    const refs = [...media.values()].filter(({ type }) => type.startsWith('image/'));
    await theirs.learn(refs, (done) => {
      if (done % 50 !== 0) return;
      tell({ kind: 'progress', progress: { stage: other.name, done, total: refs.length } });
    });
    await theirs.save();
    const index = new NearIndex((sha256) => theirs.get(sha256) ?? looks.get(sha256));
    signatures.forEach((signature, row) => {
      index.add(row, signature);
    });
    scan.signatures.forEach((signature, row) => {
      const near = index.find(signature);
      if (near !== undefined) notes.push({ row, note: `row ${near} of ${other.name}` });
    });
  }
  return notes.sort((a, b) => a.row - b.row);
}

check().catch((thrown: unknown) => {
  const { stack: _, ...error } = LabError.from(thrown).toWire();
  tell({ kind: 'failed', error });
});
