/**
 * A metric is defined once, next to the code that emits it: id, unit, direction and one line of
 * meaning. Charts, tooltips, docs and `run show` read these definitions; nothing else names units.
 * Ids are `stage/quantity[_unit]`, where the stage is the room's folder name.
 */
import { LabError } from '../../shared/errors.ts';

export interface MetricDefinition {
  readonly id: string;
  /** 'nats', 'tokens', 'ms', 'fraction' (0..1), 'count', or '' for a bare number. */
  readonly unit: string;
  /** Which way is better, where that can be said at all. */
  readonly direction: 'higher' | 'lower' | 'none';
  readonly meaning: string;
}

const METRIC_ID = /^[a-z][a-z0-9-]*\/[a-z][a-z0-9_]*$/;

/**
 * Freezes one metric definition.
 * @throws LabError `config/invalid` if the id is not `stage/quantity`.
 */
export function defineMetric<const M extends MetricDefinition>(metric: M): M {
  if (!METRIC_ID.test(metric.id)) {
    throw new LabError(
      'config/invalid',
      `[metric] id must be stage/quantity_unit, got '${metric.id}'`,
      {
        hint: 'Use lower case, e.g. objective/kl_nats.',
      },
    );
  }
  return Object.freeze(metric);
}
