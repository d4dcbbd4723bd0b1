/**
 * Turns callbacks into a loop: a subscription waits for the bell, looks at what is new, waits again.
 * Rings while nobody waits are kept as one, so nothing is missed and nothing piles up.
 */
export class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /**
   * @param withinMs wakes after that time even if nothing rang
   * @returns false when the subscription has ended.
   */
  async wait(signal: AbortSignal | undefined, withinMs?: number): Promise<boolean> {
    if (!this.#isRung && !signal?.aborted) await this.#sleep(signal, withinMs);
    this.#isRung = false;
    return !signal?.aborted;
  }

  #sleep(signal: AbortSignal | undefined, withinMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(() => done(), withinMs);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
