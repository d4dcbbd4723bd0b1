/** A thin bar that says how far: done and total come in; what it measures is its label. */
import styles from './meter.module.css';

export function Meter(props: {
  readonly value: number;
  readonly total: number;
  readonly label: string;
  /** Pixels; absent = as wide as there is room. */
  readonly width?: number;
}) {
  const share = props.total > 0 ? Math.min(1, props.value / props.total) : 0;
  return (
    <span
      className={styles['track']}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={props.total}
      aria-valuenow={props.value}
      style={props.width === undefined ? undefined : { width: props.width, flex: 'none' }}
    >
      <span className={styles['fill']} style={{ width: `${100 * share}%` }} />
    </span>
  );
}
