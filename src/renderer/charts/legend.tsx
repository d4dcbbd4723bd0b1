/** Names and values of the series of a chart: a legend of many, and what they are at the hover rule. */
import { quantity } from '../parts/format.ts';
import type { ChartSeries } from './chart-types.ts';
import { useHoverX } from './hover.tsx';
import styles from './line-chart.module.css';
import { dashOf, strokeOf } from './palette.ts';
import { nearestIndex } from './reduce.ts';

export function Legend({ series }: { readonly series: readonly ChartSeries[] }) {
  return (
    <ul className={styles['legend']}>
      {series.map((one) => (
        <li key={one.id}>
          <svg width={18} height={8} aria-hidden>
            <line
              x1={0}
              x2={18}
              y1={4}
              y2={4}
              stroke={strokeOf(one.slot)}
              strokeWidth={2}
              strokeDasharray={dashOf(one.slot)}
            />
          </svg>
          {one.title}
        </li>
      ))}
    </ul>
  );
}

/** Values at the hover rule, as reported; empty while there is no rule. */
export function Readout({ series }: { readonly series: readonly ChartSeries[] }) {
  const x = useHoverX();
  const values = valuesAt(series, x);
  return (
    <span className={styles['readout']}>
      {values.map(({ one, text }) => (
        <span key={one.id}>
          <span className={styles['swatch']} style={{ background: strokeOf(one.slot) }} />
          {series.length > 1 && one.title} <b>{text}</b>
        </span>
      ))}
    </span>
  );
}

export function readoutText(series: readonly ChartSeries[], x: number | null): string {
  const values = valuesAt(series, x).map(({ one, text }) => `${one.title} ${text}`);
  return values.join(', ');
}

export function valuesAt(
  series: readonly ChartSeries[],
  x: number | null,
): { readonly one: ChartSeries; readonly text: string }[] {
  if (x === null) return [];
  return series.flatMap((one) => {
    const point = one.points[nearestIndex(one.points, x)];
    if (point === undefined || point.mean === null) return [];
    const hasRange = one.bucket > 1 && point.min !== null && point.max !== null;
    const range = hasRange ? ` (${quantity(point.min)}–${quantity(point.max)})` : '';
    return [{ one, text: `${quantity(point.mean)}${range}` }];
  });
}
