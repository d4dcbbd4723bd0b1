/**
 * Curves over one x axis: raw points thin, their moving average on top, the band between extremes
 * where points stand for many, intervals around evaluations, safe values as ground, lettered events,
 * and the hover rule all charts of a page share. Comes in: series, axes and what to do on a zoom.
 */
import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useMemo } from 'react';
import { ChartOverlay } from './chart-overlay.tsx';
import { ChartPlot, LEFT, TOP, X_AXIS } from './chart-plot.tsx';
import type { ChartSeries, EventMark, PlotScale, SafeBand } from './chart-types.ts';
import { describeChart } from './describe.ts';
import { xTicks, yAxis } from './domain.ts';
import { Legend, Readout } from './legend.tsx';
import styles from './line-chart.module.css';
import { limitPoints } from './reduce.ts';

export interface LineChartProps {
  readonly title: string;
  /** Unit and how it is taken: "nats per token", "mean over group". */
  readonly unit: string;
  readonly series: readonly ChartSeries[];
  readonly xDomain: readonly [number, number];
  readonly xKind: 'count' | 'seconds';
  readonly marks?: readonly EventMark[];
  readonly band?: SafeBand | null;
  /** Weight of the moving average, 0 = none. */
  readonly smoothing: number;
  readonly isLog?: boolean;
  readonly isFromZero?: boolean;
  /** Pixels of the plot with its axis. */
  readonly height?: number;
  readonly onZoom?: (from: number, to: number) => void;
  readonly onReset?: () => void;
  /** Right of the title: a door, a menu. */
  readonly actions?: ReactNode;
}

const NO_MARKS: readonly EventMark[] = [];
/** Series whose lines carry their names; more get a legend. */
const MOST_LABELS = 4;

export function LineChart(props: LineChartProps) {
  const { series, xDomain, smoothing, isLog = false, isFromZero = false, height = 208 } = props;
  const { ref, width } = useElementSize();
  const drawn = useMemo(
    () =>
      series.map((one) => {
        const { points, factor } = limitPoints(one.points);
        return factor === 1 ? one : { ...one, points, bucket: one.bucket * factor };
      }),
    [series],
  );
  const [low, high] = props.band ?? [null, null];
  const y = useMemo(
    () => yAxis(drawn, { isLog, isFromZero, band: [low, high] }),
    [drawn, isLog, isFromZero, low, high],
  );
  const isLabelled = drawn.length > 1 && drawn.length <= MOST_LABELS;
  const right = isLabelled ? labelRoom(drawn) : 10;
  const [from, to] = xDomain;
  const ticks = useMemo(() => xTicks([from, to], props.xKind), [from, to, props.xKind]);
  const scale = useMemo<PlotScale>(
    () => ({
      box: {
        left: LEFT,
        top: TOP,
        width: Math.max(1, width - LEFT - right),
        height: height - TOP - X_AXIS,
      },
      x: [from, to],
      y: y.domain,
      isLog: isLog && y.domain[0] > 0,
    }),
    [width, height, right, from, to, y, isLog],
  );
  const size = useMemo(() => ({ width, height, right }), [width, height, right]);
  const summary = useMemo(() => describeChart(props.title, series), [props.title, series]);
  return (
    <figure className={styles['chart']}>
      <figcaption className={styles['caption']}>
        <h3>{props.title}</h3>
        <span className={styles['unit']}>{props.unit}</span>
        <Readout series={drawn} />
        {props.actions}
      </figcaption>
      {drawn.length > MOST_LABELS && <Legend series={drawn} />}
      <div ref={ref} className={styles['frame']} style={{ height }}>
        {width > 0 && (
          <>
            <ChartPlot
              series={drawn}
              size={size}
              xTicks={ticks}
              xKind={props.xKind}
              y={y}
              scale={scale}
              band={props.band ?? null}
              smoothing={smoothing}
            />
            <ChartOverlay
              title={props.title}
              summary={summary}
              series={drawn}
              scale={scale}
              size={size}
              marks={props.marks ?? NO_MARKS}
              band={props.band ?? null}
              yTicks={y.ticks}
              smoothing={smoothing}
              isLabelled={isLabelled}
              {...(props.onZoom === undefined ? {} : { onZoom: props.onZoom })}
              {...(props.onReset === undefined ? {} : { onReset: props.onReset })}
            />
          </>
        )}
      </div>
    </figure>
  );
}

/** Pixels that the longest name needs behind its line. */
function labelRoom(series: readonly ChartSeries[]): number {
  const longest = Math.max(...series.map(({ title }) => title.length));
  return Math.min(112, 14 + longest * 6.2);
}
