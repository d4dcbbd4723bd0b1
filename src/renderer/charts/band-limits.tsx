/** The limits of the safe band on the y axis, where no tick says them already. */
import { quantity } from '../parts/format.ts';
import { type PlotScale, type SafeBand, yToPixel } from './chart-types.ts';
import styles from './line-chart.module.css';

/** Least pixels between a limit and a tick. */
const ROOM = 11;

export function BandLimits(props: {
  readonly band: SafeBand | null;
  readonly scale: PlotScale;
  readonly ticks: readonly number[];
}) {
  const { band, scale, ticks } = props;
  const [from, to] = scale.y;
  const shown = (band ?? []).filter(
    (limit) => limit !== null && limit > from && limit < to && (!scale.isLog || limit > 0),
  );
  return shown.map((limit) => {
    if (limit === null) return null;
    const y = yToPixel(scale, limit);
    const isFree = ticks.every((tick) => Math.abs(yToPixel(scale, tick) - y) >= ROOM);
    return (
      <g key={limit} className={styles['limit']}>
        <line x1={scale.box.left - 4} x2={scale.box.left} y1={y} y2={y} />
        {isFree && (
          <text x={scale.box.left - 8} y={y + 4} textAnchor="end">
            {quantity(limit)}
          </text>
        )}
      </g>
    );
  });
}
