/** Run folders: what was acknowledged is there, what was torn is not, and one process writes. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../../src/engine/run-folder/lock.ts';
import {
  inspectRun,
  listCheckpoints,
  listRollouts,
  listRunPaths,
  readEvents,
  readMetrics,
  readRollouts,
  resolveRunId,
} from '../../../src/engine/run-folder/read.ts';
import { RunFolder } from '../../../src/engine/run-folder/run-folder.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'rationale-runs-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const request = { recipe: 'grpo', seed: 7, config: { lr: 1e-4, nested: { a: [1, 2] } } };

describe('a run folder', () => {
  it('has a readable id and reads back what was written', async () => {
    const run = await RunFolder.create(base, request);
    expect(run.id).toMatch(/^\d{8}-\d{6}-grpo-s7$/);
    run.appendEvent('started', { pid: 1 });
    run.appendMetrics(1, { 'reward/mean': 0.5 });
    run.appendMetrics(2, { 'reward/mean': Number.NaN });
    await run.writeRollouts(2, [{ text: 'a' }, { text: 'b\nc' }]);
    mkdirSync(run.checkpointPath(2));
    expect(inspectRun(run.path)).toMatchObject({ status: 'running', step: 2 });
    run.appendEvent('finished');
    run.dispose();

    expect(inspectRun(run.path).record).toEqual(run.record);
    expect(inspectRun(run.path).status).toBe('finished');
    expect(readEvents(run.path).map(({ seq, kind }) => [seq, kind])).toEqual([
      [0, 'started'],
      [1, 'finished'],
    ]);
    expect(readMetrics(run.path)).toMatchObject([
      { step: 1, values: { 'reward/mean': 0.5 } },
      { step: 2, values: { 'reward/mean': null } },
    ]);
    const [rollouts] = listRollouts(run.path);
    expect(rollouts?.step).toBe(2);
    expect(rollouts && readRollouts(rollouts)).toEqual([{ text: 'a' }, { text: 'b\nc' }]);
    expect(listCheckpoints(run.path).map(({ step }) => step)).toEqual([2]);
  });

  it('knows a folder that is not there yet from a file', () => {
    expect(listRunPaths(join(base, 'later'))).toEqual([]);
    writeFileSync(join(base, 'file'), 'x');
    expect(() => listRunPaths(join(base, 'file'))).toThrowError(/is no folder/);
  });

  it('gives two runs of the same second different ids', async () => {
    const [a, b] = [await RunFolder.create(base, request), await RunFolder.create(base, request)];
    expect(a.id).not.toBe(b.id);
    expect(listRunPaths(base)).toHaveLength(2);
    a.dispose();
    b.dispose();
  });

  it('numbers events on after a reopening, and the last metrics of a step win', async () => {
    const first = await RunFolder.create(base, request);
    first.appendEvent('started');
    first.appendMetrics(1, { loss: 1 });
    first.appendMetrics(2, { loss: 2 });
    first.dispose();
    const second = RunFolder.open(base, 'latest');
    expect(second.appendEvent('resumed').seq).toBe(1);
    second.appendMetrics(2, { loss: 3 });
    second.dispose();
    expect(readMetrics(first.path).map(({ values }) => values['loss'])).toEqual([1, 3]);
    expect(inspectRun(first.path).status).toBe('interrupted');
  });

  it('ignores a torn last line and cuts it off when reopened', async () => {
    const run = await RunFolder.create(base, request);
    run.appendEvent('started');
    run.appendMetrics(1, { loss: 1 });
    run.dispose();
    const events = join(run.path, 'events.jsonl');
    appendFileSync(events, '{"seq":1,"at":"2026');
    appendFileSync(join(run.path, 'metrics.jsonl'), '{"step":2');
    expect(readEvents(run.path)).toHaveLength(1);
    expect(readMetrics(run.path)).toHaveLength(1);
    RunFolder.open(base, run.id).dispose();
    expect(readFileSync(events, 'utf8')).toMatch(/\}\n$/);
  });

  it('tells a damaged file from a torn one', async () => {
    const run = await RunFolder.create(base, request);
    run.appendEvent('started');
    run.dispose();
    writeFileSync(join(run.path, 'events.jsonl'), 'garbage\n{"seq":0}\n');
    expect(() => readEvents(run.path)).toThrow(expect.objectContaining({ code: 'file/corrupt' }));
    writeFileSync(join(run.path, 'run.json'), '{}');
    expect(() => inspectRun(run.path)).toThrow(expect.objectContaining({ code: 'file/corrupt' }));
  });
});

describe('finding runs', () => {
  it('by id, unique beginning, or latest', async () => {
    const a = await RunFolder.create(base, { ...request, recipe: 'sft' });
    const b = await RunFolder.create(base, { ...request, recipe: 'zz' });
    a.dispose();
    b.dispose();
    expect(resolveRunId(base, a.id)).toBe(a.id);
    expect(resolveRunId(base, 'latest')).toBe(b.id);
    expect(resolveRunId(base, b.id.slice(0, -2))).toBe(b.id);
    const ambiguous = expect.objectContaining({ code: 'run/missing' });
    expect(() => resolveRunId(base, a.id.slice(0, 4))).toThrow(ambiguous);
    expect(() => resolveRunId(base, 'nothing')).toThrow(ambiguous);
    expect(() => resolveRunId(join(base, 'absent'), 'latest')).toThrow(ambiguous);
  });

  it('passes over folders that are no runs', () => {
    mkdirSync(join(base, 'something'));
    expect(listRunPaths(base)).toEqual([]);
  });
});

describe('the lock', () => {
  it('keeps a second writer out while the first lives', async () => {
    const run = await RunFolder.create(base, request);
    const locked = expect.objectContaining({ code: 'run/locked' });
    expect(() => RunFolder.open(base, run.id)).toThrow(locked);
    run.dispose();
    RunFolder.open(base, run.id).dispose();
  });

  it('is taken over from a process that is gone, also when its id lives on', () => {
    const lock = join(base, 'lock');
    for (const holder of [
      { pid: 2 ** 22 + 1, startedAt: '1' },
      { pid: process.pid, startedAt: '1' },
    ]) {
      writeFileSync(lock, JSON.stringify({ ...holder, host: hostOf(base) }));
      takeLock(base).release();
      expect(existsSync(lock)).toBe(false);
    }
    writeFileSync(lock, 'damaged');
    takeLock(base).release();
  });
});

/** The host name as the lock writes it. */
function hostOf(folder: string): unknown {
  const probe = takeLock(folder);
  const { host } = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { host: unknown };
  probe.release();
  return host;
}

describe('kill -9', () => {
  it('loses no acknowledged line and frees the run', async () => {
    const writer = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));
    const child = spawn(process.execPath, [writer, base], { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        acknowledged += chunk.toString();
        if (acknowledged.length > 200) resolve();
      });
    });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));

    const last = Number(acknowledged.split('\n').at(-2));
    const [path = ''] = listRunPaths(base);
    expect(readEvents(path).at(-1)?.seq).toBeGreaterThanOrEqual(last);
    expect(readMetrics(path).at(-1)?.step).toBeGreaterThanOrEqual(last);
    expect(inspectRun(path).status).toBe('interrupted');
    const again = RunFolder.open(base, 'latest');
    again.appendEvent('resumed');
    again.dispose();
    const seqs = readEvents(path).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i));
  });
});
