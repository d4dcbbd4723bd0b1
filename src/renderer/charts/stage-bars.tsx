/** Stacked bars, one per step: seconds by stage come in, oldest step first. Read from zero. */
import { useElementSize } from '@mantine/hooks';
import { count, duration } from '../parts/format.ts';
import { text } from '../strings/charts.ts';
import { axisNumber } from './axis-format.ts';
import { roundStep } from './domain.ts';
import { strokeOf } from './palette.ts';
import styles from './small.module.css';

export interface StageBarsProps {
  readonly rows: readonly { readonly step: number; readonly seconds: readonly number[] }[];
  /** Names of the stages, in the order of `seconds`, each with its slot of the palette. */
  readonly stages: readonly { readonly name: string; readonly slot: number }[];
  readonly height?: number;
}

const LEFT = 30;
const FOOT = 16;

export function StageBars({ rows, stages, height = 112 }: StageBarsProps) {
  const { ref, width } = useElementSize();
  const totals = rows.map(({ seconds }) => seconds.reduce((sum, value) => sum + value, 0));
  const most = Math.max(...totals, 0);
  const step = roundStep(Math.max(most, 1e-6) / 2);
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  const plot = height - FOOT - 6;
  const y = (seconds: number) => 6 + plot * (1 - seconds / top);
  const pitch = Math.max(1, (width - LEFT) / Math.max(1, rows.length));
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  const last = totals.at(-1) ?? 0;
  return (
    <div ref={ref} className={styles['bars']} style={{ height }}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${text.stages}: ${count(rows[0]?.step ?? 0)} – ${count(rows.at(-1)?.step ?? 0)}, ${duration(last)}`}
        >
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} className={styles['grid']} />
              <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end" className={styles['tick']}>
                {axisNumber(tick, step)}
              </text>
            </g>
          ))}
          {rows.map((row, index) => {
            let below = 0;
            return (
              <g key={row.step}>
                <title>{`${count(row.step)}: ${duration(totals[index])}`}</title>
                {stages.map(({ name, slot }, place) => {
                  const seconds = row.seconds[place] ?? 0;
                  const from = below;
                  below += seconds;
                  return (
                    <rect
                      key={name}
                      x={LEFT + index * pitch}
                      width={Math.max(1, pitch - 1)}
                      y={y(below)}
                      height={Math.max(0, y(from) - y(below))}
                      fill={strokeOf(slot)}
                    />
                  );
                })}
              </g>
            );
          })}
          <line x1={LEFT} x2={width} y1={y(0)} y2={y(0)} className={styles['axis']} />
          <text x={LEFT} y={height - 2} className={styles['tick']}>
            {count(rows[0]?.step ?? 0)}
          </text>
          <text x={width} y={height - 2} textAnchor="end" className={styles['tick']}>
            {rows.length > 0 ? `step ${count(rows.at(-1)?.step ?? 0)}` : ''}
          </text>
        </svg>
      )}
    </div>
  );
}
