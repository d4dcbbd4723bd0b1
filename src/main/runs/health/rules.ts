/**
 * How a rule of the health strip is written: recent values of its metric come in, a state with what
 * was found, why it happens and what to do goes out. Rules are plain functions over numbers.
 */
import type { HealthSignal } from '../../../shared/model/app-run.ts';

export interface HealthPoint {
  readonly step: number;
  readonly value: number;
}

/** A group of a recent step, as the rollout index has it. */
export interface HealthGroup {
  readonly step: number;
  readonly prompt: string;
  readonly size: number;
  readonly right: number | null;
  readonly truncated: number;
  readonly isSilent: boolean;
}

export interface HealthInput {
  /** Finite values of a metric, oldest first; empty when it was never reported. */
  values(metric: string): readonly HealthPoint[];
  /** Groups of the last steps, newest first. */
  readonly groups: readonly HealthGroup[];
  /** Share of the spread of rewards in the last steps that each part brings, by part. */
  readonly spread: Readonly<Record<string, number>>;
}

export type Rule = (input: HealthInput) => HealthSignal | undefined;

/** Steps the newest state is judged by. */
export const WINDOW = 8;
const SPARK = 40;
const MOST_EVIDENCE = 40;

export function sparkOf(points: readonly HealthPoint[]): number[] {
  return points.slice(-SPARK).map(({ value }) => value);
}

export function meanOfLast(points: readonly HealthPoint[], count = WINDOW): number {
  const last = points.slice(-count);
  return last.reduce((sum, { value }) => sum + value, 0) / Math.max(1, last.length);
}

export function meanOfFirst(points: readonly HealthPoint[], count = WINDOW): number {
  return meanOfLast(points.slice(0, count), count);
}

/** Change over the newer half of the last `count` points, in units of their noise. */
export function trendOf(
  points: readonly HealthPoint[],
  count = 40,
): {
  readonly change: number;
  readonly noise: number;
  readonly word: 'rising' | 'falling' | 'flat';
} {
  const last = points.slice(-count);
  const half = last.length >> 1;
  if (half < 2) return { change: 0, noise: 0, word: 'flat' };
  const older = last.slice(0, half);
  const newer = last.slice(-half);
  const change = meanOfLast(newer, half) - meanOfLast(older, half);
  const noise = Math.sqrt((varianceOf(older) + varianceOf(newer)) / half);
  // Two standard errors: a coin does not trend.
  const isReal = Math.abs(change) > 2 * noise && Math.abs(change) > 1e-9;
  return { change, noise, word: isReal ? (change > 0 ? 'rising' : 'falling') : 'flat' };
}

function varianceOf(points: readonly HealthPoint[]): number {
  const mean = meanOfLast(points, points.length);
  return (
    points.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / Math.max(1, points.length - 1)
  );
}

export function evidenceOf(
  groups: readonly HealthGroup[],
  note: (group: HealthGroup) => string | undefined,
): HealthSignal['evidence'] {
  const found: HealthSignal['evidence'] = [];
  for (const group of groups) {
    if (found.length === MOST_EVIDENCE) break;
    const text = note(group);
    if (text !== undefined) found.push({ step: group.step, prompt: group.prompt, note: text });
  }
  return found;
}

/** The steps whose value is outside a limit, newest first. */
export function stepsBeyond(
  points: readonly HealthPoint[],
  isBeyond: (value: number) => boolean,
): HealthSignal['evidence'] {
  return points
    .slice(-SPARK)
    .filter(({ value }) => isBeyond(value))
    .reverse()
    .slice(0, MOST_EVIDENCE)
    .map(({ step, value }) => ({ step, note: Number(value.toPrecision(3)).toString() }));
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

type Texts = Pick<HealthSignal, 'state' | 'word' | 'finding' | 'cause' | 'action'>;

export interface BandRule {
  readonly id: string;
  readonly title: string;
  readonly metric: string;
  readonly unit: string;
  readonly band: readonly [number | null, number | null];
  /** What is said for a value outside; undefined = inside. */
  judge(value: number, points: readonly HealthPoint[]): Texts | undefined;
  evidence?(input: HealthInput): HealthSignal['evidence'];
}

export const IN_BAND: Texts = { state: 'ok', word: 'in band', finding: '', cause: '', action: '' };

/** A rule about the mean of a metric's last steps. */
export function bandRule(rule: BandRule): Rule {
  const { id, title, metric, unit } = rule;
  return (input) => {
    const points = input.values(metric);
    if (points.length === 0) return undefined;
    const value = meanOfLast(points);
    const texts = rule.judge(value, points) ?? IN_BAND;
    const [low, high] = rule.band;
    const outside = (one: number) => (low !== null && one < low) || (high !== null && one > high);
    return {
      id,
      title,
      value,
      unit,
      band: [low, high],
      spark: sparkOf(points),
      metric,
      ...texts,
      evidence:
        texts.state === 'ok' ? [] : (rule.evidence?.(input) ?? stepsBeyond(points, outside)),
    };
  };
}
