/**
 * Subscriptions to runs. News of a run come in; each subscriber gets the events after the number it
 * has seen, then live ones, and in between where the run stands, at most ten times a second.
 */
import type { RunEventRow, RunLiveStatus, RunWatch } from '../../shared/model/app-run.ts';

export interface WatchSource {
  eventsAfter(run: string, seq: number): RunEventRow[];
  status(run: string): RunLiveStatus;
}

export interface Told {
  /** Number of the last event told so far. */
  readonly seq: number;
  readonly data: RunWatch;
}

/** Statuses closer together than this are one. */
const STATUS_MS = 100;

export class Watchers {
  readonly #wakers = new Map<string, Set<() => void>>();
  #isDisposed = false;

  /** Something about a run is new. */
  ring(run: string): void {
    for (const wake of this.#wakers.get(run) ?? []) wake();
  }

  /** Ends every subscription. */
  dispose(): void {
    this.#isDisposed = true;
    for (const run of this.#wakers.keys()) this.ring(run);
  }

  async *watch(
    run: string,
    after: number,
    signal: AbortSignal | undefined,
    source: WatchSource,
  ): AsyncGenerator<Told> {
    const bell = this.#bell(run, signal);
    let seq = after;
    let last = '';
    let lastAt = 0;
    try {
      while (!this.#isDisposed && !signal?.aborted) {
        for (const event of source.eventsAfter(run, seq)) {
          seq = event.seq;
          yield { seq, data: { type: 'event', event } };
        }
        const status = source.status(run);
        const text = JSON.stringify(status);
        if (text !== last) {
          last = text;
          lastAt = performance.now();
          yield { seq, data: { type: 'status', status } };
        }
        await bell.wait();
        const rest = STATUS_MS - (performance.now() - lastAt);
        if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
      }
    } finally {
      bell.dispose();
    }
  }

  #bell(run: string, signal: AbortSignal | undefined) {
    let isRung = false;
    let wake: (() => void) | undefined;
    const ring = (): void => {
      isRung = true;
      wake?.();
    };
    const ringers = this.#wakers.get(run) ?? new Set();
    this.#wakers.set(run, ringers);
    ringers.add(ring);
    signal?.addEventListener('abort', ring);
    return {
      wait: async (): Promise<void> => {
        if (!isRung) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        isRung = false;
        wake = undefined;
      },
      dispose: (): void => {
        ringers.delete(ring);
        if (ringers.size === 0) this.#wakers.delete(run);
        signal?.removeEventListener('abort', ring);
      },
    };
  }
}
