/**
 * New lines of a run's events.jsonl, lab.jsonl and metrics.jsonl into the index. A run with the offsets
 * of the last look comes in; how many lines were new goes out, undefined when a file is shorter than
 * what was read of it and everything has to be read anew.
 */
import { join } from 'node:path';
import type { RunEventRow } from '../../../shared/model/app-run.ts';
import { metricRow, runEvent } from '../../../shared/run.ts';
import type { Database } from '../../storage/database.ts';
import { readBlock, type TailBlock } from '../jsonl-tail.ts';
import { labEvent } from '../lab-events.ts';
import type { MetricsWriter } from './apply-metrics.ts';
import type { EventStore } from './event-store.ts';
import type { IndexedRun } from './run-store.ts';

/** Events that say where a run stands. */
const STATES = new Set([
  'started',
  'resumed',
  'paused',
  'unpaused',
  'finished',
  'failed',
  'cancelled',
  'crashed',
]);

/** Steps are stored in four bytes. */
const MAX_STEP = 0x7fff_ffff;

/** Both logs in the order of time. */
export function readEvents(
  run: IndexedRun,
  folder: string,
  store: EventStore,
  db: Database,
): RunEventRow[] | undefined {
  const engine = readBlock(join(folder, 'events.jsonl'), run.eventsOffset);
  const lab = readBlock(join(folder, 'lab.jsonl'), run.labOffset);
  if (engine === undefined || lab === undefined) return undefined;
  const found = [...engineEvents(engine), ...labEvents(lab)].sort((a, b) => a.at - b.at);
  const events = found.map((event) => ({ ...event, seq: ++run.seq }));
  db.transaction(() => {
    for (const event of events) {
      store.add(run.rid, event);
      noteState(run, event);
    }
    run.eventsOffset = engine.offset;
    run.labOffset = lab.offset;
  })();
  return events;
}

type NewEvent = Omit<RunEventRow, 'seq'>;

function engineEvents({ lines }: TailBlock): NewEvent[] {
  return lines.flatMap(({ value }) => {
    const event = runEvent.safeParse(value).data;
    if (event === undefined) return [];
    const { at, kind, data } = event;
    return [{ at: Date.parse(at), step: stepOf(data), kind, data }];
  });
}

function labEvents({ lines }: TailBlock): NewEvent[] {
  return lines.flatMap(({ value }) => {
    const event = labEvent.safeParse(value).data;
    return event === undefined ? [] : [{ ...event, step: stepOf(event.data) }];
  });
}

function stepOf(data: Readonly<Record<string, unknown>>): number | null {
  const step = data['step'];
  return Number.isInteger(step) && Number(step) <= MAX_STEP ? Number(step) : null;
}

function noteState(run: IndexedRun, event: RunEventRow): void {
  if (event.kind === 'changed' && event.data['what'] === 'stop-step') {
    run.steps = Number(event.data['to']);
  }
  if (event.kind === 'started' || event.kind === 'resumed') {
    run.startedAt ??= event.at;
    const { steps } = event.data;
    if (typeof steps === 'number') run.steps = steps;
  }
  if (!STATES.has(event.kind)) return;
  run.endKind = event.kind;
  run.endAt = event.at;
  run.endData = event.data;
}

/** One block of metrics in one transaction. */
export function readMetrics(
  run: IndexedRun,
  folder: string,
  db: Database,
  writer: () => MetricsWriter,
): { readonly rows: number; readonly hasMore: boolean } | undefined {
  const block = readBlock(join(folder, 'metrics.jsonl'), run.metricsOffset);
  if (block === undefined) return undefined;
  const rows = block.lines
    .flatMap(({ value }) => metricRow.safeParse(value).data ?? [])
    .filter(({ step }) => step <= MAX_STEP);
  if (block.lines.length === 0) return { rows: 0, hasMore: false };
  const metrics = writer();
  db.transaction(() => {
    for (const row of rows) metrics.apply(row);
    metrics.flush();
    run.metricsOffset = block.offset;
    saveOffset(db, run);
  })();
  return { rows: rows.length, hasMore: block.hasMore };
}

/** With the points, so that none is read twice after a crash of the app. */
function saveOffset(db: Database, run: IndexedRun): void {
  db.prepare(
    `UPDATE run SET metrics_offset = ?, step = ?, active_ms = ?, last_at = ?, tokens = ?,
       samples = ?, recent = ? WHERE rid = ?`,
  ).run(
    run.metricsOffset,
    run.step,
    run.activeMs,
    run.lastAt,
    run.tokens,
    run.samples,
    JSON.stringify(run.recent),
    run.rid,
  );
}
