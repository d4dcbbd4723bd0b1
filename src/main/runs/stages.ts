/**
 * Where the time and memory of recent steps went. Comes in: the timing and memory metrics of a run.
 * Goes out: seconds per stage and step, their means, what the process holds.
 */
import type { RunStages } from '../../shared/model/app-run.ts';
import type { IndexedRun } from './index/run-store.ts';
import type { SeriesStore } from './index/series-store.ts';

/** Stages that another one contains: shown on their own and taken off it. */
const PART_OF: Readonly<Record<string, string>> = { prefill: 'rollout', optimizer: 'update' };
const ORDER = [
  'data',
  'prefill',
  'rollout',
  'reward',
  'advantage',
  'reference',
  'logprobs',
  'update',
  'optimizer',
];

export function readStages(
  run: IndexedRun,
  last: number,
  series: SeriesStore,
  known: {
    readonly tokensPerSecond: number | null;
    readonly dryRunBytes: number | null;
    readonly totalBytes: number;
  },
): RunStages {
  const timings = series
    .list(run.rid)
    .filter(({ metric, count }) => count > 0 && /^timing\/.+_ms$/.test(metric));
  const bySteps = new Map<number, Map<string, number>>();
  for (const stored of timings) {
    const stage = stored.metric.slice('timing/'.length, -'_ms'.length);
    for (const { step, value } of series.points(
      stored,
      Math.max(0, stored.count - last),
      stored.count,
    )) {
      if (step <= run.step - last) continue;
      const row = bySteps.get(step) ?? new Map<string, number>();
      row.set(stage, value / 1000);
      bySteps.set(step, row);
    }
  }
  for (const row of bySteps.values()) takeOffParts(row);
  const found = new Set([...bySteps.values()].flatMap((row) => [...row.keys()]));
  const stages = [...found].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const rows = [...bySteps]
    .sort(([a], [b]) => a - b)
    .map(([step, row]) => ({ step, seconds: stages.map((stage) => row.get(stage) ?? 0) }));
  const sums = stages.map((_, i) => rows.reduce((sum, { seconds }) => sum + (seconds[i] ?? 0), 0));
  const total = sums.reduce((sum, seconds) => sum + seconds, 0);
  return {
    stages,
    rows,
    means: stages.map((stage, i) => ({
      stage,
      seconds: (sums[i] ?? 0) / Math.max(1, rows.length),
      share: total === 0 ? 0 : (sums[i] ?? 0) / total,
    })),
    ...memoryOf(run, series),
    ...known,
  };
}

function takeOffParts(row: Map<string, number>): void {
  for (const [part, whole] of Object.entries(PART_OF)) {
    const seconds = row.get(part);
    const of = row.get(whole);
    if (seconds !== undefined && of !== undefined) row.set(whole, Math.max(0, of - seconds));
  }
}

function rank(stage: string): number {
  const index = ORDER.indexOf(stage);
  return index < 0 ? ORDER.length : index;
}

function memoryOf(run: IndexedRun, series: SeriesStore): Pick<RunStages, 'memory' | 'peakBytes'> {
  const stored = series
    .list(run.rid)
    .filter(({ metric, count }) => count > 0 && /^memory\/.+_bytes$/.test(metric));
  const memory = stored.map(({ metric, last }) => ({
    part: metric.slice('memory/'.length, -'_bytes'.length),
    bytes: last ?? 0,
  }));
  const peaks = stored.map(({ max }) => max ?? 0);
  return { memory, peakBytes: peaks.length === 0 ? null : Math.max(...peaks) };
}
