/** Evaluations: a mark for each, and its interval as a whisker while they are few enough to tell apart. */
import { type ChartSeries, type PlotScale, xToPixel, yToPixel } from './chart-types.ts';
import styles from './line-chart.module.css';
import { strokeOf } from './palette.ts';

const MOST_WHISKERS = 24;

export function Measured(props: { readonly series: ChartSeries; readonly scale: PlotScale }) {
  const { series, scale } = props;
  const [from, to] = scale.x;
  const isShown = ({ x }: { readonly x: number }) => x >= from && x <= to;
  const stroke = strokeOf(series.slot);
  const whiskers = (series.interval ?? []).filter(isShown);
  return (
    <g>
      {whiskers.length <= MOST_WHISKERS &&
        whiskers.map(({ x, low, high }) => (
          <line
            key={`whisker ${x}`}
            className={styles['whisker']}
            x1={xToPixel(scale, x)}
            x2={xToPixel(scale, x)}
            y1={yToPixel(scale, low)}
            y2={yToPixel(scale, high)}
            stroke={stroke}
          />
        ))}
      {series.points
        .filter(isShown)
        .map(({ x, mean }) =>
          mean === null || (scale.isLog && mean <= 0) ? null : (
            <circle
              key={x}
              cx={xToPixel(scale, x)}
              cy={yToPixel(scale, mean)}
              r={2.5}
              fill={stroke}
            />
          ),
        )}
    </g>
  );
}
