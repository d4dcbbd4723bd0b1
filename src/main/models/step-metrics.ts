/**
 * Metric values of single steps of a run, found without keeping the file in memory: `metrics.jsonl` is
 * scanned once as it grows for where each step's line begins; a step's values are read from there.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { metricRow } from '../../shared/run.ts';

const CHUNK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const STEP = /^\{"step":(\d+)/;

export class StepMetrics {
  readonly #path: string;
  /** Step -> place of its last line: a step that ran again after a resume wins. */
  readonly #lines = new Map<number, { readonly at: number; readonly bytes: number }>();
  #scanned = 0;

  /** @param path a metrics.jsonl; it need not be there yet */
  constructor(path: string) {
    this.#path = path;
  }

  /** Values of a step; none for a step that has no line. */
  at(step: number): Readonly<Record<string, number>> {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) return {};
    const file = openSync(this.#path, 'r');
    try {
      this.#scan(file, size);
      const line = this.#lines.get(step);
      if (line === undefined) return {};
      const bytes = Buffer.alloc(line.bytes);
      readSync(file, bytes, 0, line.bytes, line.at);
      const row = metricRow.safeParse(parseJson(bytes.toString('utf8')));
      return row.success ? finiteOnly(row.data.values) : {};
    } finally {
      closeSync(file);
    }
  }

  #scan(file: number, size: number): void {
    if (size < this.#scanned) {
      // A resume cut the file: what was known may have moved.
      this.#lines.clear();
      this.#scanned = 0;
    }
    let rest = Buffer.alloc(0);
    let at = this.#scanned;
    while (at + rest.length < size) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at - rest.length));
      const read = readSync(file, chunk, 0, chunk.length, at + rest.length);
      if (read === 0) break;
      rest = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const step = STEP.exec(rest.toString('latin1', 0, Math.min(end, 32)))?.[1];
        if (step !== undefined) this.#lines.set(Number(step), { at, bytes: end });
        rest = rest.subarray(end + 1);
        at += end + 1;
      }
      if (rest.length > MAX_LINE_BYTES) break;
    }
    // A torn last line is read again when it is whole.
    this.#scanned = at;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function finiteOnly(values: Readonly<Record<string, number | null>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([id, value]) =>
      value !== null && Number.isFinite(value) ? [[id, value] as const] : [],
    ),
  );
}
