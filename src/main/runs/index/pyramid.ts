/**
 * One curve and its min/max pyramid. Points come in one by one, in order of steps; columnar blobs go
 * out. Level 0 keeps every point (step, value, time); a bucket of level n covers 8^n points. Only the
 * last chunk of each level is held here: the ones before it never change.
 */

/** Points per bucket of level 1, buckets of a level per bucket of the next. */
export const FACTOR = 8;

/** Points or buckets per stored chunk: what fits one page of the file. */
export function chunkSize(level: number): number {
  return level === 0 ? 480 : 64;
}

const BUCKET_BYTES = 56;

export interface Point {
  readonly step: number;
  /** NaN: reported, but not finite. */
  readonly value: number;
}

export interface Bucket {
  firstStep: number;
  lastStep: number;
  /** NaN where nothing in it is finite. */
  min: number;
  max: number;
  sum: number;
  first: number;
  last: number;
  count: number;
  /** Points with a finite value: what `sum` adds up. */
  finite: number;
}

export interface EncodedChunk {
  readonly level: number;
  readonly no: number;
  readonly firstStep: number;
  readonly data: Buffer;
}

export function bucketOf({ step, value }: Point): Bucket {
  const finite = Number.isFinite(value);
  const number = finite ? value : Number.NaN;
  return {
    firstStep: step,
    lastStep: step,
    min: number,
    max: number,
    sum: finite ? value : 0,
    first: number,
    last: number,
    count: 1,
    finite: finite ? 1 : 0,
  };
}

/** Adds `next`, which lies right of `into`, to it. */
export function mergeInto(into: Bucket, next: Bucket): void {
  into.lastStep = next.lastStep;
  into.count += next.count;
  if (next.finite === 0) return;
  into.min = into.finite === 0 ? next.min : Math.min(into.min, next.min);
  into.max = into.finite === 0 ? next.max : Math.max(into.max, next.max);
  if (into.finite === 0) into.first = next.first;
  into.last = next.last;
  into.sum += next.sum;
  into.finite += next.finite;
}

/** What a series was when it was stored: how long, and the last chunk of every level. */
export interface SeriesTail {
  readonly count: number;
  readonly points: readonly Point[];
  /** [level - 1] */
  readonly buckets: readonly (readonly Bucket[])[];
}

export class SeriesBuilder {
  #count: number;
  #points: Point[];
  readonly #levels: Bucket[][];
  #full: EncodedChunk[] = [];

  constructor(tail: SeriesTail = { count: 0, points: [], buckets: [] }) {
    this.#count = tail.count;
    this.#points = [...tail.points];
    this.#levels = tail.buckets.map((level) => level.map((bucket) => ({ ...bucket })));
  }

  get count(): number {
    return this.#count;
  }

  /** Steps only grow; whoever goes back builds the series anew. */
  append(point: Point): void {
    this.#points.push(point);
    this.#count++;
    for (let index = 0; index < this.#levels.length; index++) this.#raise(index, point);
    this.#growLevel();
    if (this.#points.length === chunkSize(0)) {
      this.#full.push(encodePoints(this.#chunkNo(0), this.#points));
      this.#points = [];
    }
  }

  /** Chunks to be stored: those that filled up since the last call, and the last one of each level. */
  drain(): EncodedChunk[] {
    const chunks = this.#full;
    this.#full = [];
    if (this.#points.length > 0) chunks.push(encodePoints(this.#chunkNo(0), this.#points));
    this.#levels.forEach((buckets, index) => {
      if (buckets.length > 0)
        chunks.push(encodeBuckets(index + 1, this.#chunkNo(index + 1), buckets));
    });
    return chunks;
  }

  #raise(index: number, point: Point): void {
    const buckets = this.#levels[index];
    if (buckets === undefined) return;
    const width = FACTOR ** (index + 1);
    const isNew = (this.#count - 1) % width === 0;
    if (isNew && buckets.length === chunkSize(index + 1)) {
      // The chunk before it is full and stays as it is.
      this.#full.push(encodeBuckets(index + 1, this.#chunkNo(index + 1) - 1, buckets));
      buckets.length = 0;
    }
    const last = buckets.at(-1);
    if (isNew || last === undefined) buckets.push(bucketOf(point));
    else mergeInto(last, bucketOf(point));
  }

  /** A level begins when it would hold two buckets; what it covers then lies in the level below. */
  #growLevel(): void {
    const level = this.#levels.length + 1;
    if (this.#count !== 2 * FACTOR ** level) return;
    const below = level === 1 ? this.#points.map(bucketOf) : (this.#levels[level - 2] ?? []);
    this.#levels.push(mergeEvery(below, FACTOR));
  }

  /** Number of the chunk that the newest point or bucket of a level lies in. */
  #chunkNo(level: number): number {
    return Math.floor(Math.max(0, this.#count - 1) / (FACTOR ** level * chunkSize(level)));
  }
}

/** Buckets joined `every` at a time, from the first. */
export function mergeEvery(buckets: readonly Bucket[], every: number): Bucket[] {
  const merged: Bucket[] = [];
  buckets.forEach((bucket, index) => {
    const last = merged.at(-1);
    if (index % every === 0 || last === undefined) merged.push({ ...bucket });
    else mergeInto(last, bucket);
  });
  return merged;
}

/** Values, and the steps too where they are not consecutive. */
function encodePoints(no: number, points: readonly Point[]): EncodedChunk {
  const n = points.length;
  const firstStep = points[0]?.step ?? 0;
  const isConsecutive = points.every(({ step }, i) => step === firstStep + i);
  const data = Buffer.alloc(8 + n * (isConsecutive ? 8 : 12));
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  view.setInt32(0, n, true);
  view.setInt32(4, firstStep, true);
  points.forEach(({ step, value }, i) => {
    view.setFloat64(8 + i * 8, value, true);
    if (!isConsecutive) view.setInt32(8 + n * 8 + i * 4, step, true);
  });
  return { level: 0, no, firstStep, data };
}

export interface PointColumns {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

export function decodeColumns(data: Buffer): PointColumns {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const n = view.getInt32(0, true);
  const firstStep = view.getInt32(4, true);
  const isConsecutive = data.length === 8 + n * 8;
  const steps = new Float64Array(n);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    values[i] = view.getFloat64(8 + i * 8, true);
    steps[i] = isConsecutive ? firstStep + i : view.getInt32(8 + n * 8 + i * 4, true);
  }
  return { steps, values };
}

export function decodePoints(data: Buffer): Point[] {
  const { steps, values } = decodeColumns(data);
  return Array.from(values, (value, i) => ({ step: steps[i] ?? 0, value }));
}

const REALS = ['min', 'max', 'sum', 'first', 'last'] as const;
const WHOLES = ['firstStep', 'lastStep', 'count', 'finite'] as const;

function encodeBuckets(level: number, no: number, buckets: readonly Bucket[]): EncodedChunk {
  const n = buckets.length;
  const data = Buffer.alloc(n * BUCKET_BYTES);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  buckets.forEach((bucket, i) => {
    REALS.forEach((name, column) => void view.setFloat64((column * n + i) * 8, bucket[name], true));
    WHOLES.forEach(
      (name, column) =>
        void view.setInt32(n * 8 * REALS.length + (column * n + i) * 4, bucket[name], true),
    );
  });
  return { level, no, firstStep: buckets[0]?.firstStep ?? 0, data };
}

export function decodeBuckets(data: Buffer): Bucket[] {
  const n = Math.floor(data.length / BUCKET_BYTES);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const real = (column: number, i: number) => view.getFloat64((column * n + i) * 8, true);
  const whole = (column: number, i: number) =>
    view.getInt32(n * 8 * REALS.length + (column * n + i) * 4, true);
  return Array.from({ length: n }, (_, i) => ({
    min: real(0, i),
    max: real(1, i),
    sum: real(2, i),
    first: real(3, i),
    last: real(4, i),
    firstStep: whole(0, i),
    lastStep: whole(1, i),
    count: whole(2, i),
    finite: whole(3, i),
  }));
}
