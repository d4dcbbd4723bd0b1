/** Numbers beside an axis: short, all with the digits their step needs. Values come in, texts go out. */
import { duration, quantity } from '../parts/format.ts';

const MINUS = '\u2212';
const LARGE = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const;

/** Ticks of one axis share their digits: 0.00, 0.04, 0.08. */
export function axisNumber(value: number, step: number): string {
  const size = Math.abs(value);
  const large = LARGE.find(([least]) => size >= least);
  if (large !== undefined) {
    const unit = large[1] === 'k' ? 1000 : large[0];
    return sign(value, `${trim(size / unit)}${large[1]}`);
  }
  if (value === 0) return '0';
  if (step < 1e-3) {
    const text = size.toExponential(1).replace('.0e', 'e').replace('e-', `e${MINUS}`);
    return sign(value, text);
  }
  // 0.25 needs two digits, 0.2 one: whatever the step itself needs.
  const digits = Math.max(0, Math.min(5, -Math.floor(Math.log10(step) + 1e-9)));
  const needsMore = Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6;
  return sign(value, size.toFixed(needsMore ? digits + 1 : digits));
}

/** Ticks of a log axis stand far apart and need no common digits. */
export function axisPower(value: number): string {
  return value >= 0.001 && value < 10_000
    ? quantityTrimmed(value)
    : value.toExponential(0).replace('e-', `e${MINUS}`).replace('e+', 'e');
}

export function axisTime(seconds: number): string {
  return seconds === 0 ? '0' : duration(seconds).replace('.0 s', ' s');
}

function quantityTrimmed(value: number): string {
  return quantity(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

function trim(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, '');
}

function sign(value: number, text: string): string {
  return value < 0 ? `${MINUS}${text}` : text;
}
