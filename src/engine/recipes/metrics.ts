/**
 * Roll-call of metrics: every definition, from the room that emits it. Charts, tables and `run show`
 * look up units and meanings here.
 */
import { advantageMetrics } from '../advantage/metrics.ts';
import type { MetricDefinition } from '../metrics/define.ts';
import { families, familyMetric, loopMetrics } from '../metrics/loop-metrics.ts';
import { objectiveMetrics } from '../objective/metrics.ts';

const definitions: readonly MetricDefinition[] = [
  ...Object.values(advantageMetrics),
  ...Object.values(loopMetrics),
  ...Object.values(objectiveMetrics),
];

/** The definition of a metric, or undefined for an id nobody defined. */
export function findMetric(id: string): MetricDefinition | undefined {
  return definitions.find((definition) => definition.id === id) ?? familyMetric(id);
}

/** Every definition, and one entry for each family of names with an open end. */
export function listMetrics(): (MetricDefinition & { readonly isFamily: boolean })[] {
  return [
    ...definitions.map((definition) => ({ ...definition, isFamily: false })),
    ...families.map((family) => ({ ...family, isFamily: true })),
  ];
}
