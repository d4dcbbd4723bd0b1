/** Names behind the ends of up to four lines, pushed apart where they would overlap. */
import { type ChartSeries, type PlotScale, xToPixel, yToPixel } from './chart-types.ts';
import styles from './line-chart.module.css';
import { strokeOf } from './palette.ts';
import { lastDrawn } from './plot-rows.ts';

const LINE_HEIGHT = 13;

export function EndLabels(props: {
  readonly series: readonly ChartSeries[];
  readonly scale: PlotScale;
  readonly smoothing: number;
}) {
  const { series, scale, smoothing } = props;
  const ends = series.flatMap((one) => {
    const weight = one.isMeasured === true ? 0 : smoothing;
    const end = lastDrawn(one, { weight, isLog: scale.isLog }, scale.x);
    if (end === undefined) return [];
    return [{ one, x: xToPixel(scale, end.x), y: yToPixel(scale, end.y) }];
  });
  const { top, height, left, width } = scale.box;
  const places = spread(
    ends.map(({ y }) => Math.min(top + height, Math.max(top, y))),
    [top + 4, top + height],
  );
  return ends.map(({ one, x, y }, index) => {
    const place = places[index] ?? y;
    return (
      <g key={one.id} className={styles['end']}>
        <line x1={x + 3} y1={y} x2={left + width + 6} y2={place} stroke={strokeOf(one.slot)} />
        <text x={left + width + 8} y={place + 4}>
          {one.title}
        </text>
      </g>
    );
  });
}

/** Keeps the order of `wanted` and puts at least a line's height between neighbours. */
export function spread(
  wanted: readonly number[],
  [least, most]: readonly [number, number],
  room = LINE_HEIGHT,
): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let floor = least;
  for (const index of order) {
    places[index] = Math.max(floor, places[index] ?? 0);
    floor = (places[index] ?? 0) + room;
  }
  let ceiling = most;
  for (const index of order.reverse()) {
    places[index] = Math.min(ceiling, places[index] ?? 0);
    ceiling = (places[index] ?? 0) - room;
  }
  return places;
}
