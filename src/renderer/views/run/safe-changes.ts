/** What was changed while a run is going, and what may be: events and configuration come in. */
import type { RunEventRow } from '../../../shared/model/app-run.ts';

/** Newest value by what was changed. */
export function changesOf(events: readonly RunEventRow[]): Record<string, number> {
  const changes: Record<string, number> = {};
  for (const { kind, data } of events) {
    const { what, to } = data;
    if (kind === 'changed' && typeof what === 'string' && typeof to === 'number')
      changes[what] = to;
  }
  return changes;
}

/** null: the run has no KL term, or its configuration is not known yet. */
export function klWeightOf(config: unknown): number | null {
  const slots = fieldOf(config, 'slots') ?? config;
  const weight = fieldOf(fieldOf(fieldOf(slots, 'objective'), 'kl'), 'coefficient');
  return typeof weight === 'number' ? weight : null;
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as Record<string, unknown>)[key]; // an object, checked above
}
