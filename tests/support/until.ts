/** Waits for something that comes about by itself. Comes in: a condition. Goes out: nothing, or an error. */

/** @throws Error after `ms`, with what the condition threw last */
export async function until(
  condition: () => boolean | Promise<boolean>,
  ms = 15_000,
): Promise<void> {
  const last = performance.now() + ms;
  let problem: unknown;
  while (performance.now() < last) {
    try {
      if (await condition()) return;
    } catch (thrown) {
      problem = thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`waited ${ms} ms in vain`, { cause: problem });
}
