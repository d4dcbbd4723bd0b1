/** What the name of a metric says about it: unit, title and group. Names are `stage/quantity_unit`. */

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_ms$/, 'ms'],
  [/_seconds$/, 's'],
  [/_nats$/, 'nats'],
  [/_tokens$|tokens$/, 'tokens'],
  [/_bytes$/, 'bytes'],
  [/_share$|fraction|accuracy$/, 'fraction'],
  [/_per_second$/, 'per second'],
  [/_count$|_sampled$/, 'count'],
];

export function unitOf(metric: string): string {
  if (/tokens_per_second$/.test(metric)) return 'tokens per second';
  return UNITS.find(([pattern]) => pattern.test(metric))?.[1] ?? '';
}

/** `rollout/length_tokens` -> `Length` */
export function titleOf(metric: string): string {
  const quantity = metric.slice(metric.indexOf('/') + 1);
  const words = quantity.replace(/_(ms|seconds|nats|tokens|bytes|share)$/, '').replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

export function groupOf(metric: string): string {
  const slash = metric.indexOf('/');
  return slash < 0 ? 'other' : metric.slice(0, slash);
}
