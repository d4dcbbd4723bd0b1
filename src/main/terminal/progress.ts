/**
 * Progress on stderr: events of a stage come in, a bar with the time left goes out. On a terminal the
 * last line is redrawn; elsewhere a plain line every few seconds, so that logs stay readable.
 */
import type { JobEvent } from '../../shared/protocol/messages.ts';

type Progress = Extract<JobEvent, { type: 'progress' }>;

const BAR_CELLS = 24;
const PLAIN_INTERVAL_MS = 10_000;

export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export class ProgressDisplay {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #stage: string | undefined;
  #startedAt = 0;
  #startedAtDone = 0;
  #lastPlainAt = 0;
  #isDrawn = false;
  #last: Progress | undefined;

  constructor(stream: ProgressStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  update(progress: Progress): void {
    const now = this.#now();
    if (progress.stage !== this.#stage) {
      this.endLine();
      this.#stage = progress.stage;
      this.#startedAt = now;
      this.#startedAtDone = progress.done;
      this.#lastPlainAt = now;
    }
    this.#last = progress;
    const isComplete = progress.total > 0 && progress.done >= progress.total;
    if (this.#stream.isTTY) {
      this.#draw();
      if (isComplete) this.endLine();
    } else if (isComplete || now - this.#lastPlainAt >= PLAIN_INTERVAL_MS) {
      this.#lastPlainAt = now;
      this.#stream.write(`${this.#text(false)}\n`);
    }
  }

  /** Runs `print` with the bar out of the way. */
  around(print: () => void): void {
    if (this.#isDrawn) this.#stream.write('\r\u001b[K');
    print();
    if (this.#isDrawn) this.#draw();
  }

  /** Leaves a drawn bar standing and moves on. */
  endLine(): void {
    if (this.#isDrawn) this.#stream.write('\n');
    this.#isDrawn = false;
  }

  #draw(): void {
    const text = this.#text(true).slice(0, (this.#stream.columns ?? 100) - 1);
    this.#stream.write(`\r\u001b[K${text}`);
    this.#isDrawn = true;
  }

  #text(hasBar: boolean): string {
    if (this.#last === undefined) return '';
    const { stage, done, total, note } = this.#last;
    const elapsedMs = this.#now() - this.#startedAt;
    const parts = [stage.padEnd(18)];
    if (total > 0) {
      const share = Math.min(1, done / total);
      if (hasBar) {
        const filled = Math.round(share * BAR_CELLS);
        parts.push(`${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`);
      }
      parts.push(`${count(done)}/${count(total)}`);
      parts.push(done >= total ? `in ${duration(elapsedMs)}` : this.#left(elapsedMs, done, total));
    } else {
      parts.push(count(done), duration(elapsedMs));
    }
    if (note !== undefined) parts.push(note);
    return parts.filter((part) => part !== '').join('  ');
  }

  #left(elapsedMs: number, done: number, total: number): string {
    const gained = done - this.#startedAtDone;
    if (gained <= 0) return '';
    return `${duration((elapsedMs / gained) * (total - done))} left`;
  }
}

function count(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** `4.2 s`, `1:05`, `2:03:09`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
