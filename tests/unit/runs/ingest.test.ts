/**
 * The index and the files: what is in the folder is in the index, whatever was interrupted, torn or
 * written by another version, and an index that is gone, old or damaged is made again.
 */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RolloutIndex } from '../../../src/main/rollouts/rollout-index.ts';
import { RunIngest } from '../../../src/main/runs/index/ingest.ts';
import type { Database } from '../../../src/main/storage/database.ts';
import { openIndex } from '../../../src/main/storage/index-database.ts';
import { completion, writeRun } from '../../support/rollout-run.ts';
import { dropWorkspace, temporaryWorkspace } from '../../support/runs-lab.ts';

let folder: string;
let db: Database;
let ingest: RunIngest;
let problems: string[];
const run = 'run-1';
const path = (name: string) => join(folder, 'runs', run, name);

beforeEach(() => {
  folder = temporaryWorkspace();
  mkdirSync(join(folder, 'runs', run), { recursive: true });
  problems = [];
  open();
});
afterEach(async () => {
  await close();
  dropWorkspace(folder);
});

function open(): void {
  db = openIndex(join(folder, 'index.sqlite'));
  ingest = new RunIngest({
    db,
    folder: join(folder, 'runs'),
    rollouts: new RolloutIndex(db),
    onChange: () => undefined,
    onRollouts: () => undefined,
    onRemoved: () => undefined,
    onProblem: ({ message }) => problems.push(message),
  });
}

async function close(): Promise<void> {
  await ingest.dispose();
  db.close();
}

async function look(name = run): Promise<void> {
  ingest.nudge(name);
  await ingest.settled();
}

const row = (step: number, value: number | null, part: object = {}) =>
  `${JSON.stringify({ step, at: 1_767_225_600_000 + step * 2000, values: { 'a/b': value }, ...part })}\n`;

function curve(metric = 'a/b'): [number, number][] {
  const found = ingest.runs.get(run);
  const series = found && ingest.series.find(found.rid, metric);
  if (series === undefined) return [];
  return ingest.series.points(series, 0, series.count).map(({ step, value }) => [step, value]);
}

function begin(lines = ''): void {
  writeRun(join(folder, 'runs'), run, {});
  writeFileSync(path('metrics.jsonl'), lines);
}

describe('metrics', () => {
  it('are read as they are appended; a torn line waits, a line that is none is passed over', async () => {
    begin(row(1, 1));
    await look();
    expect(curve()).toEqual([[1, 1]]);
    const whole = row(2, 2);
    appendFileSync(path('metrics.jsonl'), `${'garbage'}\n{"step":"x"}\n${whole.slice(0, 20)}`);
    await look();
    expect(curve()).toEqual([[1, 1]]);
    appendFileSync(path('metrics.jsonl'), whole.slice(20) + row(3, null));
    await look();
    expect(curve()).toEqual([
      [1, 1],
      [2, 2],
      [3, Number.NaN],
    ]);
    expect(ingest.runs.get(run)).toMatchObject({ step: 3 });
  });

  it('of a step that is run again replace the first ones and what came after', async () => {
    begin([1, 2, 3, 4].map((step) => row(step, step)).join(''));
    await look();
    appendFileSync(path('metrics.jsonl'), row(3, 30));
    await look();
    expect(curve()).toEqual([
      [1, 1],
      [2, 2],
      [3, 30],
    ]);
    expect(curve('@samples').map(([step]) => step)).toEqual([1, 2, 3]);
    expect(ingest.runs.get(run)).toMatchObject({ step: 3, samples: 12 });
  });

  it('of an evaluation belong to their step and take nothing away', async () => {
    const evaluated = (step: number, value: number) =>
      row(step, null, { values: { 'evaluation/accuracy': value } });
    begin(evaluated(0, 0.1) + row(1, 1) + row(2, 2) + evaluated(2, 0.2) + row(3, 3));
    await look();
    // Resumed at step 2, which is evaluated again before step 3 is done again.
    appendFileSync(path('metrics.jsonl'), evaluated(2, 0.25) + row(3, 33));
    await look();
    expect(curve('evaluation/accuracy')).toEqual([
      [0, 0.1],
      [2, 0.25],
    ]);
    expect(curve()).toEqual([
      [1, 1],
      [2, 2],
      [3, 33],
    ]);
  });

  it('count active time: a night between a stop and a resume is not in it', async () => {
    begin(row(1, 1) + row(2, 2));
    await look();
    const night = 1_767_225_600_000 + 10 * 3600_000;
    appendFileSync(
      path('events.jsonl'),
      `${JSON.stringify({ seq: 1, at: new Date(night).toISOString(), kind: 'resumed', data: {} })}\n`,
    );
    appendFileSync(path('metrics.jsonl'), row(3, 3, { at: night + 5000 }));
    await look();
    expect(curve('@seconds').map(([, seconds]) => seconds)).toEqual([2, 4, 9]);
    expect(ingest.runs.get(run)?.recent.map(({ ms }) => ms)).toEqual([2000, 2000, 5000]);
  });

  it('of older versions have no time: stages say how long a step took', async () => {
    begin(
      `${JSON.stringify({ step: 1, values: { 'timing/rollout_ms': 300, 'timing/update_ms': 200 } })}\n`,
    );
    await look();
    expect(curve('@seconds')).toEqual([[1, 0.5]]);
  });
});

describe('the index', () => {
  const numbers = () => ({
    curve: curve(),
    events: db.prepare('SELECT kind, step FROM event ORDER BY seq').all(),
    hits: db
      .prepare("SELECT count(*) AS n FROM rollout_text WHERE rollout_text MATCH 'hello'")
      .get(),
  });

  it.each([
    ['is gone', () => rmSync(join(folder, 'index.sqlite'))],
    [
      'is of another version',
      () => {
        const old = openIndex(join(folder, 'index.sqlite'));
        old.pragma('user_version = 999');
        old.close();
      },
    ],
    [
      'is damaged',
      () => writeFileSync(join(folder, 'index.sqlite'), 'no database at all'.repeat(500)),
    ],
    ['is cut short', () => truncateSync(join(folder, 'index.sqlite'), 8192)],
  ])('that %s is made again from the folders', async (_, spoil) => {
    writeRun(join(folder, 'runs'), run, { 1: [completion('p#1.0', 0, 'hello there')] });
    writeFileSync(
      path('metrics.jsonl'),
      Array.from({ length: 700 }, (_, i) => row(i + 1, i)).join(''),
    );
    await look();
    const before = numbers();
    expect(before).toMatchObject({ hits: { n: 1 } });
    expect(before.curve).toHaveLength(700);
    await close();
    spoil();
    open();
    ingest.start();
    await look();
    expect(numbers()).toEqual(before);
  });

  it('reads a folder anew whose files are shorter than they were', async () => {
    begin([1, 2, 3].map((step) => row(step, step)).join(''));
    await look();
    writeFileSync(path('metrics.jsonl'), row(1, 10));
    await look();
    expect(curve()).toEqual([[1, 10]]);
  });

  it('tells of folders that are no runs and goes on', async () => {
    begin(row(1, 1));
    mkdirSync(join(folder, 'runs', 'broken'));
    writeFileSync(join(folder, 'runs', 'broken', 'run.json'), '{"format": 99}');
    mkdirSync(join(folder, 'runs', 'renamed'));
    writeFileSync(join(folder, 'runs', 'renamed', 'run.json'), readFileSync(path('run.json')));
    mkdirSync(join(folder, 'runs', 'empty'));
    ingest.start();
    await look('broken');
    expect(ingest.runs.all().map(({ id }) => id)).toEqual([run]);
    expect(problems.sort()).toEqual([
      expect.stringContaining('broken/run.json'),
      expect.stringContaining('renamed holds a run named run-1'),
    ]);
    expect(curve()).toHaveLength(1);
  });

  it('forgets a run whose folder is gone', async () => {
    begin(row(1, 1));
    await look();
    rmSync(join(folder, 'runs', run), { recursive: true });
    await look();
    for (const table of ['run', 'series', 'chunk', 'event', 'rollout', 'rollout_group']) {
      expect([table, db.prepare(`SELECT count(*) AS n FROM ${table}`).get()]).toEqual([
        table,
        { n: 0 },
      ]);
    }
  });
});
