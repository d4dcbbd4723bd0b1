/** A curve the size of a word, with the band it should stay in. Values come in, newest last. */
import type { SafeBand } from './chart-types.ts';
import styles from './small.module.css';

export function Sparkline(props: {
  readonly values: readonly (number | null)[];
  readonly band?: SafeBand | null;
  readonly width?: number;
  readonly height?: number;
}) {
  const { values, width = 88, height = 18 } = props;
  const finite = values.filter((value) => value !== null);
  const [low, high] = props.band ?? [null, null];
  const least = Math.min(...finite);
  const most = Math.max(...finite);
  if (finite.length === 0) return <svg width={width} height={height} aria-hidden />;
  const near = (limit: number | null) =>
    limit !== null && limit >= least - (most - least) * 2 && limit <= most + (most - least) * 2;
  const from = Math.min(least, near(low) ? (low ?? least) : least);
  const to = Math.max(most, near(high) ? (high ?? most) : most);
  const pad = 3;
  const y = (value: number) =>
    to === from ? height / 2 : height - pad - ((value - from) / (to - from)) * (height - 2 * pad);
  const x = (index: number) =>
    values.length === 1 ? width - pad : pad + (index / (values.length - 1)) * (width - 2 * pad);
  const last = values.findLastIndex((value) => value !== null);
  const clamp = (pixel: number) => Math.min(height, Math.max(0, pixel));
  const top = high === null ? 0 : clamp(y(high));
  const bottom = low === null ? height : clamp(y(low));
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={styles['spark']}
      height={height}
      aria-hidden
    >
      {props.band !== undefined && props.band !== null && bottom > top && (
        <rect x={0} width={width} y={top} height={bottom - top} className={styles['safe']} />
      )}
      <path d={pathOf(values, x, y)} className={styles['line']} />
      {last >= 0 && (
        <path
          d={`M${x(last).toFixed(1)} ${y(values[last] ?? 0).toFixed(1)}h0.01`}
          className={styles['dot']}
        />
      )}
    </svg>
  );
}

function pathOf(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let isDown = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDown = false;
        return '';
      }
      const command = `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      isDown = true;
      return command;
    })
    .join('');
}
