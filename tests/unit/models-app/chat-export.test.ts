/** Asking a model token by token, and exporting it, with a real engine on the starter and a tiny adapter. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../../src/main/lab.ts';
import type { NumberedEvent } from '../../../src/main/models/chat.ts';
import { type ChatEvent, chatRequest, type ModelExport } from '../../../src/shared/model/model.ts';
import { makeTinyRuns, type TinyRuns } from './run-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-chat-'));
const workspace = join(folder, 'workspace');
let lab: Lab;
let runs: TinyRuns;
beforeAll(async () => {
  lab = await Lab.open({ workspace });
  runs = await makeTinyRuns(workspace, folder);
}, 60_000);
afterAll(async () => {
  await lab.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const request = (turn: string, change: object = {}) =>
  chatRequest.parse({
    turn,
    model: 'starter',
    messages: [{ role: 'user', text: 'path from c4 think' }],
    sampling: { maxTokens: 12 },
    ...change,
  });

async function collect(stream: AsyncIterable<NumberedEvent>): Promise<NumberedEvent[]> {
  const events: NumberedEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const tokensOf = (events: readonly NumberedEvent[]) =>
  events.flatMap(({ event }) => (event.type === 'token' ? [event.token] : []));
const last = (events: readonly NumberedEvent[]): ChatEvent | undefined => events.at(-1)?.event;

describe('chat', () => {
  it('tells every token with its probability and what else it might have been', async () => {
    const events = await collect(lab.models.chat.stream(request('one'), 0, undefined));
    const tokens = tokensOf(events);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    expect(tokens.map(({ index }) => index)).toEqual(tokens.map((_, i) => i));
    for (const { id, logprob, top } of tokens) {
      expect(logprob).toBeLessThanOrEqual(0);
      expect(top).toHaveLength(5);
      const own = top.find((entry) => entry.id === id);
      if (own !== undefined) expect(own.logprob).toBeCloseTo(logprob, 4);
    }
    const end = last(events);
    expect(end).toMatchObject({ type: 'done', tokens: tokens.length });
    expect(end?.type === 'done' && end.promptTokens).toBeGreaterThan(3);
  });

  it('gives the same answer to the same seed, and goes on where a reconnect left off', async () => {
    const first = await collect(lab.models.chat.stream(request('two'), 0, undefined));
    const rest = await collect(lab.models.chat.stream(request('two'), 3, undefined));
    expect(rest).toEqual(first.slice(3));
    const again = await collect(lab.models.chat.stream(request('three'), 0, undefined));
    expect(tokensOf(again)).toEqual(tokensOf(first));
  });

  it('writes one answer at a time, and stops when asked', async () => {
    // A draw may end by itself before it is stopped: the first seed whose answer is long enough counts.
    let isStopped = false;
    for (let seed = 1; seed <= 20 && !isStopped; seed++) {
      const long = { sampling: { maxTokens: 4000, temperature: 5, seed } };
      const events: NumberedEvent[] = [];
      for await (const event of lab.models.chat.stream(
        request(`long ${seed}`, long),
        0,
        undefined,
      )) {
        events.push(event);
        if (tokensOf(events).length !== 1 || event.event.type !== 'token') continue;
        const other = lab.models.chat.stream(request(`other ${seed}`), 0, undefined).next();
        const [answer] = await Promise.allSettled([other]);
        ({ isStopped } = lab.models.chat.stop());
        if (isStopped) {
          expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'chat/busy' } });
        }
      }
      if (isStopped) expect(last(events)).toMatchObject({ type: 'done', finish: 'cancelled' });
    }
    expect(isStopped).toBe(true);
    const after = await collect(lab.models.chat.stream(request('after'), 0, undefined));
    expect(last(after)).toMatchObject({ type: 'done' });
  });

  it('asks a checkpoint and an adapter', async () => {
    for (const model of [`run:${runs.next}:2`, `run:${runs.lora}:1`]) {
      const events = await collect(lab.models.chat.stream(request(model, { model }), 0, undefined));
      expect(last(events)).toMatchObject({ type: 'done' });
    }
  });

  it('a model or a picture that is not there is a typed error', async () => {
    const lost = request('lost', { model: 'model:none' });
    await expect(lab.models.chat.stream(lost, 0, undefined).next()).rejects.toMatchObject({
      code: 'model/missing',
    });
    const blind = request('blind', {
      messages: [{ role: 'user', text: 'what is it', images: ['0'.repeat(64)] }],
    });
    await expect(lab.models.chat.stream(blind, 0, undefined).next()).rejects.toMatchObject({
      code: 'media/missing',
    });
  });
});

describe('export', () => {
  async function ended(id: string): Promise<ModelExport> {
    for (;;) {
      const job = lab.models.exports.list().find((one) => one.id === id);
      if (job !== undefined && job.status !== 'running') return job;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('writes whole weights, a merged adapter and the adapter itself; each stands in the tree', async () => {
    const full = { model: `run:${runs.next}:2`, format: 'full' as const };
    const lora = { model: `run:${runs.lora}:1` };
    for (const [name, wish] of Object.entries({
      full,
      merged: { ...lora, format: 'merged' as const },
      adapter: { ...lora, format: 'adapter' as const },
    })) {
      const path = join(folder, `export-${name}`);
      const { id } = lab.models.exports.start({ ...wish, path });
      expect(await ended(id)).toMatchObject({ status: 'done', error: null });
      expect(readdirSync(path)).toContain(
        name === 'adapter' ? 'adapter_config.json' : 'config.json',
      );
      expect(lab.models.get(id)).toMatchObject({
        kind: 'export',
        parent: wish.model,
        problems: [],
      });
      expect((await lab.models.check(path, undefined)).ok).toBe(true);
    }
  }, 60_000);

  it('refuses a format that does not apply, and a folder that holds something', async () => {
    const start = lab.models.exports.start.bind(lab.models.exports);
    const path = join(folder, 'nothing');
    expect(() => start({ model: 'starter', format: 'merged', path })).toThrow(
      expect.objectContaining({ code: 'model/unsupported' }),
    );
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/mine.txt'), 'keep');
    expect(() => start({ model: 'starter', format: 'full', path: join(folder, 'full') })).toThrow(
      expect.objectContaining({ code: 'file/write-failed' }),
    );
    expect(existsSync(path)).toBe(false);
  });

  it('removing an export outside the workspace only forgets it', async () => {
    const row = lab.models.list().find(({ kind }) => kind === 'export');
    expect(await lab.models.remove(row?.id ?? '')).toEqual({ trashId: null });
    expect(existsSync(row?.path ?? '')).toBe(true);
  });
});
