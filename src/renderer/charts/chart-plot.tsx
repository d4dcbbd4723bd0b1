/**
 * The only place that knows recharts: grid, axes and curves. Series with at most 2,000 points and
 * finished axes come in; nothing here animates, listens to the pointer or chooses a colour value.
 */
import { memo } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, ReferenceArea, XAxis, YAxis } from 'recharts';
import { text } from '../strings/charts.ts';
import { axisNumber, axisPower, axisTime } from './axis-format.ts';
import type { ChartSeries, PlotScale, SafeBand } from './chart-types.ts';
import type { Axis } from './domain.ts';
import styles from './line-chart.module.css';
import { dashOf, groundOf, strokeOf } from './palette.ts';
import { type PlotRow, rowsOf } from './plot-rows.ts';

/** Pixels: width of the y axis, room for event letters, height of the x axis. */
export const LEFT = 46;
export const TOP = 18;
export const X_AXIS = 20;

export interface ChartPlotProps {
  readonly series: readonly ChartSeries[];
  readonly size: { readonly width: number; readonly height: number; readonly right: number };
  readonly xTicks: readonly number[];
  readonly xKind: 'count' | 'seconds';
  readonly y: Axis;
  readonly scale: PlotScale;
  readonly band: SafeBand | null;
  readonly smoothing: number;
}

const TICK = { fontSize: 11, fill: 'var(--text-3)' };

export const ChartPlot = memo(function ChartPlot(props: ChartPlotProps) {
  const { series, size, xTicks, xKind, y, scale, band, smoothing } = props;
  const step = (y.ticks[1] ?? 1) - (y.ticks[0] ?? 0);
  const xStep = (xTicks[1] ?? 1) - (xTicks[0] ?? 0);
  const isEmpty = series.every(({ points }) => points.every(({ mean }) => mean === null));
  return (
    <>
      <ComposedChart
        width={size.width}
        height={size.height}
        margin={{ top: TOP, right: size.right, bottom: 0, left: 0 }}
        accessibilityLayer={false}
        className={styles['plot'] ?? ''}
      >
        {band !== null && <SafeGround band={band} scale={scale} />}
        <CartesianGrid vertical={false} stroke="var(--grid)" />
        <XAxis
          dataKey="x"
          type="number"
          domain={[...scale.x]}
          allowDataOverflow
          ticks={[...xTicks]}
          tick={TICK}
          tickFormatter={(value: number) =>
            xKind === 'seconds' ? axisTime(value) : axisNumber(value, xStep)
          }
          height={X_AXIS}
          tickLine={false}
          tickMargin={4}
          axisLine={{ stroke: 'var(--line-3)' }}
        />
        <YAxis
          type="number"
          scale={scale.isLog ? 'log' : 'linear'}
          domain={[...y.domain]}
          allowDataOverflow
          ticks={[...y.ticks]}
          tick={TICK}
          tickFormatter={(value: number) =>
            scale.isLog ? axisPower(value) : axisNumber(value, step)
          }
          width={LEFT}
          tickLine={false}
          axisLine={false}
          interval={0}
        />
        {series.flatMap((one) =>
          curvesOf(one, { smoothing, isLog: scale.isLog, isMany: series.length > 4 }),
        )}
      </ComposedChart>
      {isEmpty && <p className={styles['none']}>{text.noPoints}</p>}
    </>
  );
});

/** The part of the plot where values are safe; open sides reach to its edges. */
function SafeGround({ band, scale }: { readonly band: SafeBand; readonly scale: PlotScale }) {
  const [from, to] = scale.y;
  const low = Math.max(from, band[0] ?? from);
  const high = Math.min(to, band[1] ?? to);
  if (high <= low) return null;
  return (
    <ReferenceArea
      x1={scale.x[0]}
      x2={scale.x[1]}
      y1={low}
      y2={high}
      fill="var(--ok-weak)"
      fillOpacity={0.62}
      stroke="none"
    />
  );
}

interface CurveOptions {
  readonly smoothing: number;
  readonly isLog: boolean;
  readonly isMany: boolean;
}

const STILL = { isAnimationActive: false, activeDot: false, tooltipType: 'none' } as const;

/** From the ground up: extremes or interval, raw line, smooth line. */
function curvesOf(series: ChartSeries, { smoothing, isLog, isMany }: CurveOptions) {
  const weight = series.isMeasured === true ? 0 : smoothing;
  const rows = rowsOf(series, { weight, isLog });
  const stroke = strokeOf(series.slot);
  const dash = isMany ? dashOf(series.slot) : '';
  const isLonely = rows.filter((row) => row.mean !== null).length === 1;
  // Evaluations get their marks above the plot, where no edge cuts them.
  const dot =
    isLonely && series.isMeasured !== true
      ? { r: 2.5, fill: stroke, stroke: 'none', strokeDasharray: 'none' }
      : false;
  const ranges: PlotRow[] =
    series.interval?.map(({ x, low, high }) => ({
      x,
      range: [low, high],
      mean: null,
      smooth: null,
    })) ?? rows;
  const hasRange = series.bucket > 1 || series.interval !== undefined;
  return [
    hasRange && (
      <Area
        key={`${series.id} range`}
        {...STILL}
        data={ranges}
        dataKey="range"
        type="linear"
        stroke={stroke}
        strokeOpacity={series.interval === undefined ? 0.35 : 0}
        strokeWidth={1}
        fill={groundOf(series.slot)}
        fillOpacity={1}
        connectNulls={false}
        dot={false}
      />
    ),
    weight > 0 && (
      <Line
        key={`${series.id} raw`}
        {...STILL}
        data={rows}
        dataKey="mean"
        type="linear"
        stroke={stroke}
        strokeOpacity={0.42}
        strokeWidth={1}
        dot={false}
      />
    ),
    <Line
      key={series.id}
      {...STILL}
      data={rows}
      dataKey={weight > 0 ? 'smooth' : 'mean'}
      type="linear"
      stroke={stroke}
      strokeWidth={1.6}
      strokeDasharray={dash}
      dot={dot}
    />,
  ];
}
