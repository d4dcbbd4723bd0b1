/**
 * Points for the charts that are shown. Plans, an axis and the visible stretch come in; one request per
 * chart goes out, its answer becomes series with their colours. While a finer stretch is on its way
 * the coarse one stays.
 */
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Series, SeriesAxis } from '../../../shared/model/run-series.ts';
import type { ChartSeries } from '../../charts/chart-types.ts';
import { slotOf } from '../../charts/palette.ts';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';
import type { ChartPlan } from './chart-plan.ts';

export type Stretch = readonly [number, number] | null;

/** Buckets of one curve: about one per pixel of a large chart. */
const MOST_POINTS = 800;

export interface ChartData {
  readonly plan: ChartPlan;
  readonly series: readonly ChartSeries[];
  readonly isPending: boolean;
  readonly error: unknown;
}

export function useChartData(
  run: string,
  plans: readonly ChartPlan[],
  x: SeriesAxis,
  stretch: Stretch,
): ChartData[] {
  const trpc = useTRPC();
  const answers = useQueries({
    queries: plans.map((plan) =>
      trpc.runs.series.queryOptions(
        {
          run,
          metrics: metricsOf(plan),
          x,
          from: stretch?.[0] ?? null,
          to: stretch?.[1] ?? null,
          maxPoints: MOST_POINTS,
        },
        { ...OWN_LIVE, placeholderData: keepPreviousData },
      ),
    ),
  });
  const version = answers.map(({ dataUpdatedAt, status }) => `${dataUpdatedAt}${status}`).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says whether an answer changed; the array is new each time.
  return useMemo(
    () =>
      plans.map((plan, index) => {
        const answer = answers[index];
        return {
          plan,
          series: toChartSeries(plan, answer?.data ?? []),
          isPending: answer?.isPending ?? true,
          error: answer?.error ?? null,
        };
      }),
    [plans, version],
  );
}

/** The ends of an evaluation's interval come with it. */
function metricsOf(plan: ChartPlan): string[] {
  const metrics = plan.series.map(({ metric }) => metric);
  if (!metrics.includes('evaluation/accuracy')) return metrics;
  return [...metrics, 'evaluation/accuracy_low', 'evaluation/accuracy_high'];
}

export function toChartSeries(plan: ChartPlan, answer: readonly Series[]): ChartSeries[] {
  const byMetric = new Map(answer.map((one) => [one.metric, one]));
  return plan.series.flatMap(({ metric, title }): ChartSeries[] => {
    const found = byMetric.get(metric);
    if (found === undefined) return [];
    const interval = intervalOf(byMetric, metric);
    return [
      {
        id: metric,
        title,
        slot: slotOf(plan.id, metric),
        points: found.points,
        bucket: found.bucket,
        isMeasured: plan.isMeasured,
        ...(interval === undefined ? {} : { interval }),
      },
    ];
  });
}

function intervalOf(
  byMetric: ReadonlyMap<string, Series>,
  metric: string,
): { x: number; low: number; high: number }[] | undefined {
  const lows = byMetric.get(`${metric}_low`)?.points;
  const highs = byMetric.get(`${metric}_high`)?.points;
  if (lows === undefined || highs === undefined || lows.length === 0) return undefined;
  const highByStep = new Map(highs.map(({ step, mean }) => [step, mean]));
  return lows.flatMap(({ step, x, mean }) => {
    const high = highByStep.get(step) ?? null;
    return mean === null || high === null ? [] : [{ x, low: mean, high }];
  });
}

/** The stretch all charts show: what is zoomed to, or everything there is. */
export function domainOf(
  data: readonly ChartData[],
  x: SeriesAxis,
  stretch: Stretch,
): [number, number] {
  if (stretch !== null) return [stretch[0], stretch[1]];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { series } of data) {
    for (const { points } of series) {
      low = Math.min(low, points[0]?.x ?? low);
      high = Math.max(high, points.at(-1)?.x ?? high);
    }
  }
  if (low > high) return [0, 1];
  // From zero where the beginning is near: steps are counted from 1.
  const from = low <= (high - low) * 0.05 + 1 ? 0 : low;
  return [x === 'step' || x === 'time' ? Math.min(from, low) : 0, high > low ? high : low + 1];
}

/** Where a step stands on another axis, from the points that say both; undefined outside of them. */
export function placeOfStep(
  data: readonly ChartData[],
  x: SeriesAxis,
  step: number,
): number | undefined {
  if (x === 'step') return step;
  let best: { readonly distance: number; readonly x: number } | undefined;
  for (const { series } of data) {
    for (const { points } of series) {
      for (const point of points) {
        const distance = Math.abs(point.step - step);
        if (best === undefined || distance < best.distance) best = { distance, x: point.x };
      }
    }
  }
  return best?.x;
}
