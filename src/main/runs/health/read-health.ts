/**
 * The health strip of a run. Comes in: the index. Goes out: one signal per rule that applies, judged
 * over the last steps, with the steps and groups behind each finding.
 */
import type { HealthSignal } from '../../../shared/model/app-run.ts';
import type { Database } from '../../storage/database.ts';
import type { IndexedRun } from '../index/run-store.ts';
import type { SeriesStore } from '../index/series-store.ts';
import { OFFLINE_RULES } from './offline.ts';
import { judgeAll, ONLINE_RULES } from './online.ts';
import { type HealthGroup, type HealthInput, WINDOW } from './rules.ts';

/** Points a rule may look at. */
const KEPT = 400;
/** Completions the spread of rewards is taken from. */
const SAMPLES = 512;

export function readHealth(run: IndexedRun, db: Database, series: SeriesStore): HealthSignal[] {
  const groups = readGroups(run, db);
  const input: HealthInput = {
    values(metric) {
      const stored = series.find(run.rid, metric);
      if (stored === undefined) return [];
      // The start matters to some rules, the rest is about the newest steps.
      const first = series.points(stored, 0, Math.min(WINDOW, stored.count));
      const from = Math.max(first.length, stored.count - KEPT);
      return [...first, ...series.points(stored, from, stored.count)].filter(({ value }) =>
        Number.isFinite(value),
      );
    },
    groups,
    spread: readSpread(run, db),
  };
  const isOnline = series.find(run.rid, 'reward/mean') !== undefined;
  return judgeAll(isOnline ? ONLINE_RULES : OFFLINE_RULES, input);
}

function readGroups(run: IndexedRun, db: Database): HealthGroup[] {
  const rows = db
    .prepare<[number, number], Omit<HealthGroup, 'isSilent'> & { readonly silent: number }>(
      `SELECT step, prompt, size, right, truncated, is_silent AS silent FROM rollout_group
       WHERE rid = ? AND step > ? ORDER BY step DESC, place LIMIT 2000`,
    )
    .all(run.rid, run.step - WINDOW);
  return rows.map(({ silent, ...row }) => ({ ...row, isSilent: silent === 1 }));
}

/** How much of the variance within groups each part brings, by its weight. */
function readSpread(run: IndexedRun, db: Database): Record<string, number> {
  const rows = db
    .prepare<[number, number, number], { place: string; terms: string }>(
      `SELECT step || '/' || prompt AS place, terms FROM rollout
       WHERE rid = ? AND step > ? ORDER BY oid DESC LIMIT ?`,
    )
    .all(run.rid, run.step - WINDOW, SAMPLES);
  const weights = weightsOf(run);
  const byGroup = Map.groupBy(rows, ({ place }) => place);
  const spread: Record<string, number> = {};
  for (const members of byGroup.values()) {
    // Written by the rollout index: scores by part.
    const scores = members.map(({ terms }) => JSON.parse(terms) as Record<string, number | null>);
    for (const term of Object.keys(scores[0] ?? {})) {
      const values = scores.map((score) => (score[term] ?? 0) * (weights[term] ?? 1));
      spread[term] = (spread[term] ?? 0) + variance(values);
    }
  }
  const total = Object.values(spread).reduce((sum, value) => sum + value, 0);
  if (total === 0) return {};
  return Object.fromEntries(Object.entries(spread).map(([term, value]) => [term, value / total]));
}

/** Weight of each part as the recipe has it. */
export function weightsOf(run: IndexedRun): Record<string, number> {
  // Parsed JSON of a resolved recipe.
  const slots = run.record.config['slots'] as
    | { reward?: { terms?: readonly { kind?: unknown; weight?: unknown }[] } }
    | undefined;
  return Object.fromEntries(
    (slots?.reward?.terms ?? []).map(({ kind, weight }) => [String(kind), Number(weight ?? 1)]),
  );
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
