/** Metrics of one step put together from its passes and updates. */

export class MetricMeans {
  private readonly sums = new Map<string, { total: number; weight: number }>();
  private readonly parts = new Map<string, number>();
  private readonly largest = new Map<string, number>();
  private readonly totals = new Map<string, number>();
  private readonly values = new Map<string, Float32Array[]>();

  /** A mean over what one pass saw, with its weight. */
  add(metrics: Readonly<Record<string, number>>, weight: number): void {
    for (const [name, value] of Object.entries(metrics)) {
      const sum = this.sums.get(name) ?? { total: 0, weight: 0 };
      sum.total += value * weight;
      sum.weight += weight;
      this.sums.set(name, sum);
    }
  }

  /** A summand of a number that belongs to the whole update. */
  addPart(metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) {
      this.parts.set(name, (this.parts.get(name) ?? 0) + value);
    }
  }

  /** A number of which the step reports the largest. */
  addMax(metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) {
      this.largest.set(name, Math.max(this.largest.get(name) ?? Number.NEGATIVE_INFINITY, value));
    }
  }

  /** A count of which the step reports the sum. */
  addCount(metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) {
      this.totals.set(name, (this.totals.get(name) ?? 0) + value);
    }
  }

  /** Values of which the step reports the 99th percentile. */
  addTail(name: string, values: Float32Array): void {
    const known = this.values.get(name);
    if (known === undefined) this.values.set(name, [values]);
    else known.push(values);
  }

  /** Ends an update: its parts become one value of the step's mean. */
  closeParts(): void {
    this.add(Object.fromEntries(this.parts), 1);
    this.parts.clear();
  }

  means(): Record<string, number> {
    const means = [...this.sums].map(([name, sum]) => [name, sum.total / sum.weight] as const);
    const tails = [...this.values].map(([name, parts]) => [name, percentile99(parts)] as const);
    return {
      ...Object.fromEntries(means),
      ...Object.fromEntries(this.largest),
      ...Object.fromEntries(this.totals),
      ...Object.fromEntries(tails.filter(([, value]) => Number.isFinite(value))),
    };
  }
}

function percentile99(parts: readonly Float32Array[]): number {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  return all[Math.floor(0.99 * (all.length - 1))] ?? Number.NaN;
}
