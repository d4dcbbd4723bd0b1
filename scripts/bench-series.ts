/**
 * How fast the index of runs is: a thousand runs of ten thousand steps with twelve metrics come in, the
 * medians of what a window asks go out as a table. `node scripts/run.mjs script scripts/bench-series.ts
 * [runs] [steps] [metrics]`; the files lie in a temporary folder and are removed.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MetricsWriter } from '../src/main/runs/index/apply-metrics.ts';
import { AXIS_SERIES, Axes } from '../src/main/runs/index/axes.ts';
import { EventStore } from '../src/main/runs/index/event-store.ts';
import { RunStore } from '../src/main/runs/index/run-store.ts';
import { SeriesQuery } from '../src/main/runs/index/series-query.ts';
import { SeriesStore } from '../src/main/runs/index/series-store.ts';
import { LatestCache } from '../src/main/runs/latest-cache.ts';
import { openIndex } from '../src/main/storage/index-database.ts';

const [runs = 1000, steps = 10_000, metrics = 12] = process.argv.slice(2).map(Number);
const ROUNDS = 101;

const folder = mkdtempSync(join(tmpdir(), 'rationale-bench-series-'));
const path = join(folder, 'index.sqlite');
const db = openIndex(path);
const store = new RunStore(db);
const series = new SeriesStore(db);
const events = new EventStore(db);
const query = new SeriesQuery(series, new Axes(series));

/** Rows of one run go in as an ingest reads them: a few hundred in a transaction. */
function fill(no: number): void {
  const run = store.add(
    {
      format: 1,
      id: `run-${no}`,
      recipe: 'grpo',
      seed: no,
      createdAt: new Date(1_700_000_000_000).toISOString(),
      version: '0',
      config: { slots: { training: { promptsPerStep: 8 }, rollout: { groupSize: 8 } } },
    },
    steps,
  );
  const writer = new MetricsWriter(run, series, events);
  for (let from = 0; from < steps; from += 500) {
    db.transaction(() => {
      for (let step = from + 1; step <= Math.min(steps, from + 500); step++) {
        const values: Record<string, number> = { 'data/packed_tokens': 1000 };
        for (let i = 0; i < metrics; i++)
          values[`a/m${i}`] = Math.sin(step / 50 + i) + (step % 7) / 10;
        writer.apply({ step, at: 1_700_000_000_000 + step * 1000, values });
      }
      writer.flush();
      store.save(run);
    })();
  }
}

function median(work: (round: number) => void): string {
  const times = Array.from({ length: ROUNDS }, (_, round) => {
    const began = performance.now();
    work(round);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  return `${times[ROUNDS >> 1]?.toFixed(2)} ms (slowest ${times.at(-1)?.toFixed(2)} ms)`;
}

const began = performance.now();
for (let no = 0; no < runs; no++) fill(no);
const seconds = (performance.now() - began) / 1000;
const points = runs * steps * (metrics + 2 + Object.keys(AXIS_SERIES).length);
const ridOf = (round: number) => store.get(`run-${(round * 37) % runs}`)?.rid ?? 0;
const six = Array.from({ length: 6 }, (_, i) => `a/m${i % metrics}`);
const ask = (round: number, part: object) =>
  query.read(ridOf(round), {
    metrics: six,
    x: 'step',
    from: null,
    to: null,
    maxPoints: 1000,
    ...part,
  });

const results: [string, string][] = [
  ['fill', `${seconds.toFixed(1)} s, ${Math.round(points / seconds / 1000)} thousand points/s`],
  [
    'index.sqlite',
    `${(statSync(path).size / 2 ** 20).toFixed(0)} MiB for ${points / 1e6} million points`,
  ],
  ['six curves, 1000 points, by step', median((round) => void ask(round, {}))],
  ['six curves, 1000 points, by time', median((round) => void ask(round, { x: 'time' }))],
  ['six curves, 200 steps of them', median((round) => void ask(round, { from: 4000, to: 4200 }))],
  ['newest value of every metric of every run', median(() => void new LatestCache(db).of(1))],
];
const live = store.get('run-0');
if (live !== undefined) {
  const writer = new MetricsWriter(live, series, events);
  results.push([
    'one more step of a run',
    median((round) => {
      db.transaction(() => {
        const values: Record<string, number> = {};
        for (let i = 0; i < metrics; i++) values[`a/m${i}`] = i;
        writer.apply({ step: steps + 1 + round, at: 1_800_000_000_000 + round, values });
        writer.flush();
        store.save(live);
      })();
    }),
  ]);
}
for (const [what, took] of results) process.stdout.write(`${what.padEnd(44)} ${took}\n`);
db.close();
rmSync(folder, { recursive: true, force: true });
