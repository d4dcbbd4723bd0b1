/**
 * `run show` for people: the rows of the run-show job come in one by one, a page goes out: record,
 * metrics table (thinned to what fits), last completions, checkpoints.
 */
import type { JsonObject } from '../../shared/json.ts';
import type { RowPrinter } from '../run-job.ts';
import { cell, formatRecord, formatTable } from './table.ts';

/** A longer table is thinned evenly; first and last step always stay. */
const MAX_STEPS = 24;
/** Wider tables do not fit a terminal: further metrics are named below the table. */
const MAX_METRICS = 9;

export class RunReport implements RowPrinter {
  readonly #metrics: JsonObject[] = [];
  readonly #rest: string[] = [];

  row(row: JsonObject): string | undefined {
    const { kind, ...values } = row;
    switch (kind) {
      case 'run':
        return `${formatRecord(values)}\n`;
      case 'metrics':
        this.#metrics.push(values);
        return undefined;
      case 'event':
        return `${cell(values['at'])}  ${cell(values['event'])}  ${cell(values['data'])}`;
      case 'rollout':
        this.#rest.push(`rollout of step ${cell(values['step'])}`);
        this.#rest.push(formatRecord(asObject(values['rollout']), '  '));
        return undefined;
      default:
        this.#rest.push(`${cell(kind)}  ${cell(values['step'])}  ${cell(values['path'])}`);
        return undefined;
    }
  }

  end(): string | undefined {
    const parts = [this.#metricsTable(), this.#rest.join('\n')].filter((part) => part !== '');
    return parts.length === 0 ? undefined : `\n${parts.join('\n\n')}`;
  }

  #metricsTable(): string {
    const all = this.#metrics.map(({ step, values }) => ({ step, values: asObject(values) }));
    const ids = [...new Set(all.flatMap(({ values }) => Object.keys(values)))];
    const shown = ids.slice(0, MAX_METRICS);
    const table = thin(all, MAX_STEPS).map(({ step, values }) => ({
      step,
      ...Object.fromEntries(shown.map((id) => [id, values[id] ?? null])),
    }));
    if (table.length === 0) return '';
    const more = ids.slice(MAX_METRICS);
    const note = more.length === 0 ? '' : `\nalso recorded (--json shows them): ${more.join(', ')}`;
    return formatTable(table) + note;
  }
}

function thin<T>(rows: readonly T[], limit: number): T[] {
  if (rows.length <= limit) return [...rows];
  const stride = (rows.length - 1) / (limit - 1);
  const kept = new Set(Array.from({ length: limit }, (_, i) => Math.round(i * stride)));
  return rows.filter((_, i) => kept.has(i));
}

function asObject(value: unknown): JsonObject {
  // Made by our own engine as an object; anything else shows as nothing.
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
