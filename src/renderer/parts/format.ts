/**
 * Numbers as people read them: true minus, thousands commas, units. Numbers come in, short texts go
 * out; nothing else in the window formats a number.
 */

const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const MINUS = '\u2212';

const minus = (text: string) => text.replace(/^-/, MINUS);

/** 18,317 */
export function count(value: number): string {
  return minus(integer.format(value));
}

/** Four significant figures at most, no tail of noise: 0.0312, 12.4, 1,240. */
export function quantity(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1000) return count(value);
  if (size < 1e-3) return minus(value.toExponential(1));
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return minus(value.toFixed(digits));
}

/** A share of one: 34 %. */
export function percent(share: number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '–';
  return `${minus((100 * share).toFixed(digits))} %`;
}

const SIZE_UNITS = ['', ' k', ' M', ' B', ' T'] as const;

/** 3.63 M, 163 k: how many parameters or tokens, to three figures. */
export function compact(value: number): string {
  const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return power === 0
    ? count(value)
    : `${minus(Number(scaled.toPrecision(3)).toString())}${SIZE_UNITS[power]}`;
}

/** Always signed: +0.98, −0.91. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return '0';
  return value < 0 ? `${MINUS}${text}` : `+${text}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1.9 GB, in powers of ten as disks are sold. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${power === 0 || scaled >= 100 ? scaled.toFixed(0) : scaled.toFixed(1)} ${BYTE_UNITS[power]}`;
}

/** 13.0 s, 41 min, 2 h 08. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '–';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** 11:42 today, 24 Nov 11:42 before. */
export function moment(
  at: string | number,
  options: { readonly withSeconds?: boolean } = {},
): string {
  const date = new Date(at);
  const time = (options.withSeconds === true ? clockWithSeconds : clock).format(date);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? time : `${day.format(date)} ${time}`;
}

/** A long id with its middle cut: r-8f3c…21. */
export function shortId(id: string, length = 14): string {
  if (id.length <= length) return id;
  const tail = 4;
  return `${id.slice(0, length - tail - 1)}…${id.slice(-tail)}`;
}

/** 1 row, 2 rows. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}
