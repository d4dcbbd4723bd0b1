/**
 * Curves in index.sqlite. Points of a run come in by metric, chunks and pyramids go to disk in one
 * transaction; ranges come out again, as points or as buckets of a level.
 */
import type { Database } from '../../storage/database.ts';
import {
  type Bucket,
  bucketOf,
  chunkSize,
  decodeBuckets,
  decodeColumns,
  decodePoints,
  FACTOR,
  type Point,
  type PointColumns,
  SeriesBuilder,
} from './pyramid.ts';

export interface StoredSeries {
  readonly sid: number;
  readonly metric: string;
  readonly count: number;
  readonly lastStep: number;
  readonly last: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

interface ChunkRow {
  readonly no: number;
  readonly data: Buffer;
}

const COLUMNS = 'sid, metric, count, last_step AS lastStep, last, min, max';

export class SeriesStore {
  readonly #db: Database;
  readonly #list;
  readonly #find;
  readonly #insert;
  readonly #update;
  readonly #putChunk;
  readonly #chunks;
  readonly #chunkAt;
  readonly #levels;

  constructor(db: Database) {
    this.#db = db;
    this.#list = db.prepare<[number], StoredSeries>(
      `SELECT ${COLUMNS} FROM series WHERE rid = ? ORDER BY metric`,
    );
    this.#find = db.prepare<[number, string], StoredSeries>(
      `SELECT ${COLUMNS} FROM series WHERE rid = ? AND metric = ?`,
    );
    this.#insert = db.prepare<[number, string]>(
      'INSERT INTO series (rid, metric, count, last_step) VALUES (?, ?, 0, 0)',
    );
    this.#update = db.prepare<
      [number, number, number | null, number | null, number | null, number]
    >('UPDATE series SET count = ?, last_step = ?, last = ?, min = ?, max = ? WHERE sid = ?');
    this.#putChunk = db.prepare<[number, number, number, number, Buffer]>(
      `INSERT INTO chunk (sid, level, no, first_step, data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET data = excluded.data, first_step = excluded.first_step`,
    );
    this.#chunks = db.prepare<[number, number, number, number], ChunkRow>(
      'SELECT no, data FROM chunk WHERE sid = ? AND level = ? AND no BETWEEN ? AND ? ORDER BY no',
    );
    this.#chunkAt = db.prepare<[number, number], ChunkRow>(
      `SELECT no, data FROM chunk WHERE sid = ? AND level = 0 AND first_step <= ?
       ORDER BY no DESC LIMIT 1`,
    );
    this.#levels = db.prepare<[number], { level: number; no: number; data: Buffer }>(
      `SELECT level, no, data FROM chunk AS c
       WHERE sid = ? AND no = (SELECT max(no) FROM chunk WHERE sid = c.sid AND level = c.level)
       ORDER BY level`,
    );
  }

  list(rid: number): StoredSeries[] {
    return this.#list.all(rid);
  }

  find(rid: number, metric: string): StoredSeries | undefined {
    return this.#find.get(rid, metric);
  }

  /** An empty or stored series, ready for more points. */
  open(rid: number, metric: string): { readonly sid: number; readonly writer: SeriesWriter } {
    const stored = this.#find.get(rid, metric);
    const sid = stored?.sid ?? Number(this.#insert.run(rid, metric).lastInsertRowid);
    return { sid, writer: new SeriesWriter(this.#builder(stored), stored) };
  }

  #builder(stored: StoredSeries | undefined): SeriesBuilder {
    if (stored === undefined || stored.count === 0) return new SeriesBuilder();
    const levels = this.#levels.all(stored.sid);
    const buckets = levels.filter(({ level }) => level > 0).map(({ data }) => decodeBuckets(data));
    // A chunk that is just full begins no new one before the next point.
    const last = levels.find(({ level }) => level === 0);
    const points =
      last === undefined || stored.count % chunkSize(0) === 0 ? [] : decodePoints(last.data);
    return new SeriesBuilder({ count: stored.count, points, buckets });
  }

  /** Call inside a transaction. */
  save(sid: number, writer: SeriesWriter): void {
    for (const { level, no, firstStep, data } of writer.builder.drain()) {
      this.#putChunk.run(sid, level, no, firstStep, data);
    }
    const { lastStep, last, min, max } = writer;
    this.#update.run(writer.builder.count, lastStep, last, min, max, sid);
  }

  /** Everything of a run. Call inside a transaction. */
  removeRun(rid: number): void {
    this.#db
      .prepare('DELETE FROM chunk WHERE sid IN (SELECT sid FROM series WHERE rid = ?)')
      .run(rid);
    this.#db.prepare('DELETE FROM series WHERE rid = ?').run(rid);
  }

  /**
   * Drops the points of each series from a step on: they are about to be reported again. Call inside a
   * transaction.
   */
  truncate(rid: number, firstDropped: (metric: string) => number): void {
    for (const series of this.#list.all(rid)) {
      const step = firstDropped(series.metric);
      if (series.count === 0 || series.lastStep < step) continue;
      const kept = this.points(series, 0, series.count).filter((point) => point.step < step);
      this.#db.prepare('DELETE FROM chunk WHERE sid = ?').run(series.sid);
      const writer = new SeriesWriter(new SeriesBuilder(), undefined);
      for (const point of kept) writer.append(point);
      this.save(series.sid, writer);
    }
  }

  /** Index of the first point whose step is at least `step`. */
  indexOf(series: StoredSeries, step: number): number {
    const chunk = this.#chunkAt.get(series.sid, step);
    if (chunk === undefined) return 0;
    const points = decodePoints(chunk.data);
    const inside = points.findIndex((point) => point.step >= step);
    return chunk.no * chunkSize(0) + (inside < 0 ? points.length : inside);
  }

  /** Points `from` to `to`, `to` left out. */
  points(series: StoredSeries, from: number, to: number): Point[] {
    return this.#read(series, 0, from, to, decodePoints);
  }

  /** Buckets `from` to `to` of a level, `to` left out; level 0 gives points as buckets. */
  buckets(series: StoredSeries, level: number, from: number, to: number): Bucket[] {
    if (level === 0) return this.points(series, from, to).map(bucketOf);
    return this.#read(series, level, from, to, decodeBuckets);
  }

  /** The whole series, for whoever looks many steps up in it. */
  columns(series: StoredSeries): PointColumns {
    const steps = new Float64Array(series.count);
    const values = new Float64Array(series.count);
    const last = Math.floor(Math.max(0, series.count - 1) / chunkSize(0));
    for (const { no, data } of this.#chunks.all(series.sid, 0, 0, last)) {
      const chunk = decodeColumns(data);
      steps.set(chunk.steps, no * chunkSize(0));
      values.set(chunk.values, no * chunkSize(0));
    }
    return { steps, values };
  }

  #read<T>(
    { sid }: StoredSeries,
    level: number,
    from: number,
    to: number,
    decode: (data: Buffer) => T[],
  ): T[] {
    if (to <= from) return [];
    const size = chunkSize(level);
    return this.#chunks
      .all(sid, level, Math.floor(from / size), Math.floor((to - 1) / size))
      .flatMap(({ no, data }) => cut(decode(data), from - no * size, to - no * size));
  }
}

/** A series that is being written, with the numbers its row shows. */
export class SeriesWriter {
  readonly builder: SeriesBuilder;
  lastStep: number;
  last: number | null;
  min: number | null;
  max: number | null;

  constructor(builder: SeriesBuilder, stored: StoredSeries | undefined) {
    this.builder = builder;
    this.lastStep = stored?.lastStep ?? 0;
    this.last = stored?.last ?? null;
    this.min = stored?.min ?? null;
    this.max = stored?.max ?? null;
  }

  append(point: Point): void {
    this.builder.append(point);
    this.lastStep = point.step;
    if (!Number.isFinite(point.value)) {
      this.last = null;
      return;
    }
    this.last = point.value;
    this.min = this.min === null ? point.value : Math.min(this.min, point.value);
    this.max = this.max === null ? point.value : Math.max(this.max, point.value);
  }
}

/** The coarsest level a series of that length has. */
export function topLevel(count: number): number {
  let level = 0;
  while (count >= 2 * FACTOR ** (level + 1)) level++;
  return level;
}

function cut<T>(items: T[], from: number, to: number): T[] {
  return from <= 0 && to >= items.length ? items : items.slice(Math.max(0, from), Math.max(0, to));
}
