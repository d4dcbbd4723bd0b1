/** The warm engine against real processes: order, reuse, cancellation, crashes, idleness. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askEngine } from '../../../src/main/engine/ask.ts';
import { EnginePool, type PoolOptions } from '../../../src/main/engine/pool.ts';

const entry = fileURLToPath(new URL('./test-engine.ts', import.meta.url));
const pools: EnginePool[] = [];
function open(options: PoolOptions = {}): EnginePool {
  const pool = new EnginePool({ supervisor: { entry, graceMs: 500 }, backoffMs: 1, ...options });
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.dispose()));
});

describe('a warm engine', () => {
  it('runs jobs one after the other in one process', async () => {
    const pool = open();
    expect(pool.status()).toMatchObject({ state: 'off', pid: undefined });
    const order: string[] = [];
    const results = ['a', 'b', 'c'].map(async (prompt) => {
      const { echo } = await pool.ask('generate', { prompt });
      order.push(String(echo));
      return pool.status().pid;
    });
    expect(pool.status()).toMatchObject({ state: 'busy', job: 'generate', waiting: 2 });
    const pids = new Set(await Promise.all(results));
    expect(order).toEqual(['a', 'b', 'c']);
    expect(pids.size).toBe(1);
  });

  it('gives parsed rows, and refuses others', async () => {
    const pool = open();
    const row = z.object({ i: z.int(), value: z.nan() });
    expect(await askEngine(pool, 'generate', { prompt: 'rows' }, { row })).toHaveLength(3);
    const wrong = askEngine(
      pool,
      'generate',
      { prompt: 'rows' },
      { row: z.object({ i: z.string() }) },
    );
    await expect(wrong).rejects.toMatchObject({ code: 'engine/protocol' });
  });

  it('brings errors of a job over whole and goes on', async () => {
    const pool = open();
    await expect(pool.ask('generate', { prompt: 'typed error' })).rejects.toMatchObject({
      code: 'image/invalid',
      hint: 'send a PNG',
    });
    expect(await pool.ask('generate', { prompt: 'x' })).toEqual({ echo: 'x' });
  });

  it('ends when it has nothing to do, and starts again', async () => {
    const pool = open({ idleMs: 20 });
    await pool.ask('generate', { prompt: 'x' });
    await expect.poll(() => pool.status().state).toBe('off');
    expect(await pool.ask('generate', { prompt: 'y' })).toEqual({ echo: 'y' });
  });
});

describe('cancelling', () => {
  it('takes a job out of the queue, or asks the one that runs', async () => {
    const pool = open();
    const [first, second] = [new AbortController(), new AbortController()];
    const running = pool.ask(
      'generate',
      { prompt: 'cooperative' },
      { signal: first.signal, onEvent: () => second.abort() },
    );
    const waiting = pool.ask('generate', { prompt: 'x' }, { signal: second.signal });
    await expect(waiting).rejects.toMatchObject({ code: 'engine/cancelled' });
    first.abort();
    await expect(running).rejects.toMatchObject({ code: 'engine/cancelled' });
    const { pid } = pool.status();
    expect(await pool.ask('generate', { prompt: 'y' })).toEqual({ echo: 'y' });
    // Longer than the grace of the cancelled job, whose process goes on.
    expect(await pool.ask('generate', { prompt: 'silent' })).toEqual({});
    expect(pool.status().pid).toBe(pid);
  });

  it('of a job that does not listen costs its process, which is no crash', async () => {
    const pool = open();
    for (let i = 0; i < 4; i++) {
      const control = new AbortController();
      const stubborn = pool.ask(
        'generate',
        { prompt: 'stubborn' },
        { signal: control.signal, onEvent: () => control.abort() },
      );
      await expect(stubborn).rejects.toMatchObject({ code: 'engine/cancelled' });
    }
    expect(await pool.ask('generate', { prompt: 'y' })).toEqual({ echo: 'y' });
  }, 20_000);

  it('comes with the end of the pool', async () => {
    const pool = open();
    const running = pool.ask('generate', { prompt: 'cooperative' });
    const waiting = pool.ask('generate', { prompt: 'x' });
    const ends = Promise.allSettled([running, waiting]);
    await pool.dispose();
    expect(await ends).toMatchObject([
      { reason: { code: 'engine/cancelled' } },
      { reason: { code: 'engine/cancelled' } },
    ]);
    await expect(pool.ask('generate', { prompt: 'x' })).rejects.toMatchObject({
      code: 'engine/cancelled',
    });
  });
});

it('a crash costs the job and not the next one; three in a row take it down', async () => {
  const pool = open();
  for (const prompt of ['exit', 'kill', 'exit']) {
    await expect(pool.ask('generate', { prompt })).rejects.toMatchObject({
      code: 'engine/crashed',
    });
    if (prompt === 'kill')
      expect(await pool.ask('generate', { prompt: 'x' })).toEqual({ echo: 'x' });
  }
  expect(pool.status().state).toBe('down');
  await expect(pool.ask('generate', { prompt: 'x' })).rejects.toThrow(/takes no further job/);
}, 20_000);
