/** One prompt through training: how many were right each time it was drawn, and a slider over those steps. */
import { Slider } from '@mantine/core';
import type { RolloutStep, ThroughPoint } from '../../../shared/model/rollout.ts';
import { count } from '../../parts/format.ts';
import { Keys } from '../../parts/keys.tsx';
import { text } from '../../strings/rollouts.ts';
import styles from './step-slider.module.css';

export interface StepSliderProps {
  readonly steps: readonly RolloutStep[];
  readonly points: readonly ThroughPoint[];
  readonly step: number;
  readonly onStep: (step: number) => void;
}

export function StepSlider({ steps, points, step, onStep }: StepSliderProps) {
  const first = steps[0]?.step ?? 0;
  const last = steps.at(-1)?.step ?? 0;
  const span = Math.max(1, last - first);
  const here = points.find((point) => point.step === step);
  const label =
    here === undefined ? count(step) : text.at(count(step), `${here.right ?? '–'} / ${here.size}`);
  return (
    <div className={styles['through']}>
      <div className={styles['title']}>
        <h3>{text.through}</h3>
        <span>{text.seen(count(points.length))}</span>
      </div>
      <div className={styles['track']}>
        <div className={styles['bars']} aria-hidden>
          {points.map((point) => (
            <span
              key={point.prompt + point.step}
              data-here={point.step === step || undefined}
              style={{
                left: `${(100 * (point.step - first)) / span}%`,
                height: `${Math.max(6, (100 * (point.right ?? 0)) / Math.max(1, point.size))}%`,
              }}
            />
          ))}
        </div>
        <Slider
          thumbLabel={text.through}
          min={first}
          max={Math.max(first + 1, last)}
          step={1}
          value={step}
          onChange={(next) => onStep(nearest(steps, next))}
        />
      </div>
      <strong>{label}</strong>
      <span className={styles['keys']}>
        <Keys chord="Shift+N" /> <Keys chord="Shift+P" />
      </span>
    </div>
  );
}

/** Not every step has a rollout file. */
function nearest(steps: readonly RolloutStep[], wanted: number): number {
  let best = steps[0]?.step ?? wanted;
  for (const { step } of steps) if (Math.abs(step - wanted) < Math.abs(best - wanted)) best = step;
  return best;
}
