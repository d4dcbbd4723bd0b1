/** Metrics of one step put together from its passes and updates. */

export class MetricMeans {
  private readonly sums = new Map<string, { total: number; weight: number }>();
  private readonly parts = new Map<string, number>();
  private readonly largest = new Map<string, number>();

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

  /** Ends an update: its parts become one value of the step's mean. */
  closeParts(): void {
    this.add(Object.fromEntries(this.parts), 1);
    this.parts.clear();
  }

  means(): Record<string, number> {
    const means = [...this.sums].map(([name, sum]) => [name, sum.total / sum.weight] as const);
    return { ...Object.fromEntries(means), ...Object.fromEntries(this.largest) };
  }
}
