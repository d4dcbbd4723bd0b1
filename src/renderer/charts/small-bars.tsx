/** Bars that fit a row: parts of a whole, and how many of a group. Numbers come in; read from zero. */
import { text } from '../strings/charts.ts';
import { strokeOf } from './palette.ts';
import styles from './small.module.css';

/** Parts of a whole side by side; what is left stays empty. */
export function PartsBar(props: {
  readonly parts: readonly {
    readonly name: string;
    readonly value: number;
    readonly slot: number;
  }[];
  readonly total: number;
  readonly label: string;
}) {
  const total = Math.max(props.total, 1e-9);
  return (
    <div className={styles['parts']} role="img" aria-label={props.label}>
      {props.parts.map(({ name, value, slot }) => (
        <span
          key={name}
          title={name}
          style={{ width: `${(100 * value) / total}%`, background: strokeOf(slot) }}
        />
      ))}
    </div>
  );
}

/** One cell per sample, filled for the right ones: right of 8. */
export function CountCells(props: { readonly filled: number; readonly total: number }) {
  const cells = Array.from({ length: Math.min(props.total, 32) }, (_, index) => index);
  return (
    <span
      className={styles['cells']}
      role="img"
      aria-label={text.ofTotal(String(props.filled), String(props.total))}
    >
      {cells.map((cell) => (
        <span key={cell} className={cell < props.filled ? styles['full'] : styles['hollow']} />
      ))}
    </span>
  );
}

/** A bar behind a number of a table; `most` is the same for its column. */
export function CellBar(props: { readonly value: number; readonly most: number }) {
  const share = props.most > 0 ? Math.min(1, Math.max(0, props.value / props.most)) : 0;
  return (
    <span className={styles['cell']} aria-hidden>
      <span style={{ width: `${100 * share}%` }} />
    </span>
  );
}
