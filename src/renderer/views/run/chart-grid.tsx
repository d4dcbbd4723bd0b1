/**
 * The charts of a run: a tool row that says what x counts, how smooth, what is under the rule and
 * which charts; below it the charts, all over the same stretch with the same marks.
 */
import { useElementSize } from '@mantine/hooks';
import { memo, useCallback, useMemo, useState } from 'react';
import type { HealthSignal } from '../../../shared/model/app-run.ts';
import type { CatalogEntry, SeriesAxis } from '../../../shared/model/run-series.ts';
import type { EventMark, SafeBand } from '../../charts/chart-types.ts';
import { HoverProvider } from '../../charts/hover.tsx';
import { LineChart } from '../../charts/line-chart.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { text } from '../../strings/run.ts';
import { type ChartData, domainOf, placeOfStep, type Stretch, useChartData } from './chart-data.ts';
import styles from './chart-grid.module.css';
import { type ChartPlan, planCharts, shownAtFirst } from './chart-plan.ts';
import { useChartSettings } from './chart-settings.ts';
import { ChartTools } from './chart-tools.tsx';
import type { EventLine } from './event-marks.ts';

export interface ChartGridProps {
  readonly run: string;
  /** Charts are chosen per shape of run. */
  readonly shape: string;
  readonly catalog: readonly CatalogEntry[];
  readonly signals: readonly HealthSignal[];
  readonly events: readonly EventLine[];
}

export const ChartGrid = memo(function ChartGrid(props: ChartGridProps) {
  const { run, shape, catalog, signals, events } = props;
  const [settings, change] = useChartSettings();
  const [stretch, setStretch] = useState<Stretch>(null);
  const plans = useMemo(() => planCharts(catalog), [catalog]);
  const wanted = settings.shown[shape] ?? shownAtFirst(plans);
  const key = plans
    .filter(({ id }) => wanted.includes(id))
    .map(({ id }) => id)
    .join(' ');
  const shown = useMemo(() => plans.filter(({ id }) => key.split(' ').includes(id)), [plans, key]);
  const data = useChartData(run, shown, settings.x, stretch);
  const [from, to] = domainOf(data, settings.x, stretch);
  const domain = useMemo<[number, number]>(() => [from, to], [from, to]);
  const marks = useMarks(events, data, settings.x);
  const { ref, width, height } = useElementSize();
  const plotHeight = fittingHeight(data.length, width, height);
  const { x } = settings;
  const zoom = useCallback((low: number, high: number) => setStretch(narrowed(low, high, x)), [x]);
  const showAll = useCallback(() => setStretch(null), []);
  return (
    <HoverProvider>
      <ChartTools
        settings={settings}
        onChange={(part) => {
          if (part.x !== undefined && part.x !== settings.x) setStretch(null);
          change(part);
        }}
        plans={plans}
        shown={shown}
        onShow={(ids) => change({ shown: withShown(settings.shown, shape, ids) })}
        data={data}
        stretch={stretch}
        onReset={showAll}
        marks={marks}
      />
      <div className={styles['scroll']} ref={ref}>
        <h2 className="visually-hidden">{text.charts}</h2>
        <div className={styles['grid']}>
          {data.map((chart) => (
            <Cell
              key={chart.plan.id}
              chart={chart}
              domain={domain}
              marks={marks}
              band={bandOf(chart.plan, signals)}
              smoothing={settings.smoothing}
              isLog={settings.isLog}
              xKind={settings.x === 'time' ? 'seconds' : 'count'}
              onZoom={zoom}
              onReset={showAll}
              height={plotHeight}
            />
          ))}
        </div>
        {plans.length === 0 && <p className={styles['none']}>{text.noMetrics}</p>}
      </div>
    </HoverProvider>
  );
});

const Cell = memo(function Cell(props: {
  readonly chart: ChartData;
  readonly domain: readonly [number, number];
  readonly marks: readonly EventMark[];
  readonly band: SafeBand | null;
  readonly smoothing: number;
  readonly isLog: boolean;
  readonly xKind: 'count' | 'seconds';
  readonly onZoom: (from: number, to: number) => void;
  readonly onReset: () => void;
  readonly height: number;
}) {
  const { plan, series, isPending, error } = props.chart;
  if (error !== null && series.length === 0) return <ErrorState error={error} />;
  if (isPending) return <LoadingRows label={plan.title} rows={6} />;
  return (
    <LineChart
      title={plan.title}
      unit={plan.unit}
      series={series}
      xDomain={props.domain}
      xKind={props.xKind}
      marks={props.marks}
      band={props.band}
      smoothing={plan.isMeasured || plan.isExact ? 0 : props.smoothing}
      isLog={props.isLog}
      isFromZero={plan.isFromZero}
      height={props.height}
      onZoom={props.onZoom}
      onReset={props.onReset}
    />
  );
});

/** The charts that are shown for this shape of run; undefined = as at first. */
function withShown(
  known: Readonly<Record<string, string[]>>,
  shape: string,
  ids: string[] | undefined,
): Record<string, string[]> {
  const rest = Object.fromEntries(Object.entries(known).filter(([other]) => other !== shape));
  return ids === undefined ? rest : { ...rest, [shape]: ids };
}

/** The safe values of the signal that watches the chart's metric; parts of a reward have none in common. */
function bandOf(plan: ChartPlan, signals: readonly HealthSignal[]): SafeBand | null {
  if (plan.id === 'reward') return null;
  const signal = signals.find(
    ({ metric, band }) => band !== null && metric === plan.series[0]?.metric,
  );
  return signal?.band ?? null;
}

function useMarks(
  events: readonly EventLine[],
  data: readonly ChartData[],
  x: SeriesAxis,
): readonly EventMark[] {
  return useMemo(
    () =>
      events.flatMap(({ letter, step, title }): EventMark[] => {
        if (letter === null || step === null) return [];
        const place = placeOfStep(data, x, step);
        return place === undefined ? [] : [{ letter, x: place, title }];
      }),
    [events, data, x],
  );
}

/** Least width of a chart with the gap behind it, and what stands above and between plots: pixels. */
const CHART_WIDTH = 260;
const AROUND = 40;

/** One or two rows fill the pane; more scroll. */
function fittingHeight(charts: number, width: number, height: number): number {
  const columns = Math.max(1, Math.floor(width / CHART_WIDTH));
  const rows = Math.min(2, Math.max(1, Math.ceil(charts / columns)));
  return Math.round(Math.min(300, Math.max(150, height / rows - AROUND)));
}

/** At least a little wide, and never before the start. */
function narrowed(low: number, high: number, x: SeriesAxis): Stretch {
  const least = x === 'step' ? 2 : 1;
  const from = Math.max(0, low);
  return [from, Math.max(from + least, high)];
}
