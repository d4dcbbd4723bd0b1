/**
 * A histogram that filters: bins come in, a range goes out. Drag over bars, click one, or use the
 * arrow keys on the two ends; click the chosen range again to take it away.
 */
import { useRef, useState } from 'react';
import { quantity } from '../../parts/format.ts';
import styles from './histogram.module.css';

export interface HistogramProps {
  readonly label: string;
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly total: number;
  }[];
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly onChange: (range: readonly [number, number] | undefined) => void;
}

export function Histogram({ label, bins, from, to, onChange }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<readonly [number, number] | undefined>();
  const most = Math.max(1, ...bins.map(({ total }) => total));
  const isInside = (bin: { readonly from: number; readonly to: number }, index: number) => {
    if (drag !== undefined) return index >= Math.min(...drag) && index <= Math.max(...drag);
    if (from === undefined && to === undefined) return true;
    return (
      bin.to >= (from ?? Number.NEGATIVE_INFINITY) && bin.from <= (to ?? Number.POSITIVE_INFINITY)
    );
  };
  const indexAt = (clientX: number) => {
    const rect = box.current?.getBoundingClientRect();
    if (rect === undefined) return 0;
    const at = Math.floor(((clientX - rect.left) / rect.width) * bins.length);
    return Math.max(0, Math.min(bins.length - 1, at));
  };
  const choose = ([a, b]: readonly [number, number]) => {
    const first = bins[Math.min(a, b)];
    const last = bins[Math.max(a, b)];
    if (first === undefined || last === undefined) return;
    const isSame = from === first.from && to === last.to;
    onChange(isSame ? undefined : [first.from, last.to]);
  };
  const first = bins[0];
  const last = bins.at(-1);
  return (
    <div>
      <div
        ref={box}
        className={styles['bars']}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const at = indexAt(event.clientX);
          setDrag([at, at]);
        }}
        onPointerMove={(event) => drag !== undefined && setDrag([drag[0], indexAt(event.clientX)])}
        onPointerUp={() => {
          if (drag !== undefined) choose(drag);
          setDrag(undefined);
        }}
      >
        {bins.map((bin, index) => (
          <button
            key={bin.from}
            type="button"
            className={styles['bin']}
            aria-label={`${label} ${quantity(bin.from)} to ${quantity(bin.to)}: ${bin.count}`}
            aria-pressed={from !== undefined && isInside(bin, index)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              choose([index, index]);
            }}
          >
            <span className={styles['total']} style={{ height: `${(100 * bin.total) / most}%` }} />
            <span
              className={isInside(bin, index) ? styles['part'] : styles['out']}
              style={{ height: `${(100 * bin.count) / most}%` }}
            />
          </button>
        ))}
      </div>
      <div className={styles['axis']}>
        <span>{quantity(from ?? first?.from)}</span>
        <span>{quantity(to ?? last?.to)}</span>
      </div>
    </div>
  );
}
