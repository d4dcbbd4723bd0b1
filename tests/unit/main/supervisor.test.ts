/** The supervisor against real processes: ends, errors, crashes, cancellation. */
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type JobOutcome,
  Supervisor,
  type SupervisorOptions,
} from '../../../src/main/engine/supervisor.ts';
import type { JobEvent } from '../../../src/shared/protocol/messages.ts';

const entry = fileURLToPath(new URL('./test-engine.ts', import.meta.url));
const started: Supervisor[] = [];

function start(options: SupervisorOptions = {}): Supervisor {
  const supervisor = new Supervisor({ entry, graceMs: 500, ...options });
  started.push(supervisor);
  return supervisor;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((supervisor) => supervisor.dispose()));
});

async function run(prompt: string): Promise<{ outcome: JobOutcome; events: JobEvent[] }> {
  const events: JobEvent[] = [];
  const outcome = await start().run('generate', { prompt }, { onEvent: (e) => events.push(e) });
  return { outcome, events };
}

async function failure(prompt: string) {
  const { outcome } = await run(prompt);
  if (outcome.kind !== 'failed') throw new Error(`expected a failure, got ${outcome.kind}`);
  return outcome.error;
}

describe('a job', () => {
  it('delivers rows in order, NaN included, and its summary', async () => {
    const { outcome, events } = await run('rows');
    expect(events).toEqual([
      ...[0, 1, 2].map((i) => ({ type: 'row', row: { i, value: Number.NaN } })),
      { type: 'log', line: 'a log line' },
    ]);
    expect(outcome).toEqual({ kind: 'done', summary: { ok: false, rows: 3 } });
  });

  it('brings a typed error over whole', async () => {
    expect(await failure('typed error')).toMatchObject({
      code: 'image/invalid',
      message: '[image] not a picture',
      hint: 'send a PNG',
    });
  });

  it('wraps a fault as internal with its stack', async () => {
    const error = await failure('fault');
    expect(error.code).toBe('internal');
    expect(error.stack).toContain('test-engine.ts');
  });

  it('can be followed by another in the same engine', async () => {
    const supervisor = start();
    for (const prompt of ['a', 'b']) {
      const outcome = await supervisor.run('generate', { prompt }, { onEvent: () => {} });
      expect(outcome).toEqual({ kind: 'done', summary: { echo: prompt } });
    }
  });

  it('is refused when the engine does not have it', async () => {
    const outcome = await start().run('doctor', {}, { onEvent: () => {} });
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'engine/protocol' } });
  });
});

describe('a crash', () => {
  it('by exit code carries the last words', async () => {
    const error = await failure('exit');
    expect(error.code).toBe('engine/crashed');
    expect(error.details).toMatchObject({ exitCode: 3, stderr: ['first line', 'last words'] });
  });

  it('by signal is told as such', async () => {
    expect(await failure('kill')).toMatchObject({
      code: 'engine/crashed',
      details: { signal: 'SIGSEGV' },
    });
  });

  it('for want of memory has its own code', async () => {
    expect((await failure('memory')).code).toBe('engine/out-of-memory');
  });

  it('before the greeting is reported by the job', async () => {
    const nowhere = start({ entry: `${entry}.missing` });
    const outcome = await nowhere.run('generate', { prompt: 'x' }, { onEvent: () => {} });
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'engine/crashed' } });
  });
});

describe('cancelling', () => {
  async function cancelled(prompt: string): Promise<JobOutcome> {
    const controller = new AbortController();
    return await start().run(
      'generate',
      { prompt },
      {
        signal: controller.signal,
        onEvent: (event) => event.type === 'event' && controller.abort(),
      },
    );
  }

  it('asks first', async () => {
    expect(await cancelled('cooperative')).toEqual({ kind: 'cancelled' });
  });

  it('kills after the grace period', async () => {
    expect(await cancelled('stubborn')).toEqual({ kind: 'cancelled' });
  });

  it('before the start works too', async () => {
    const outcome = await start().run(
      'generate',
      { prompt: 'cooperative' },
      { signal: AbortSignal.abort(), onEvent: () => {} },
    );
    expect(outcome).toEqual({ kind: 'cancelled' });
  });
});

it('says so when the engine is silent, and waits on', async () => {
  const events: JobEvent[] = [];
  const outcome = await start({ silenceMs: 1500 }).run(
    'generate',
    { prompt: 'silent' },
    { onEvent: (event) => events.push(event) },
  );
  expect(outcome.kind).toBe('done');
  expect(events).toMatchObject([{ type: 'log', line: expect.stringContaining('silent') }]);
});
