/**
 * `rationale run show`: what a run folder holds. Rows: one `run` (record and status), one `metrics`
 * per step, the completions of the last rollout file, one `checkpoint` each, one `event` each.
 */
import { join } from 'node:path';
import { jobParams } from '../../shared/protocol/jobs.ts';
import {
  inspectRun,
  listCheckpoints,
  listRollouts,
  readEvents,
  readMetrics,
  readRollouts,
  resolveRunId,
} from '../run-folder/read.ts';
import { defineJob } from './define.ts';

export const runShow = defineJob({
  name: 'run-show',
  params: jobParams['run-show'],
  async run(context, params) {
    const path = join(params.runs, resolveRunId(params.runs, params.run));
    const row = (kind: string, values: object): void =>
      context.emit({ type: 'row', row: { kind, ...values } });

    const { record, status, step } = inspectRun(path);
    row('run', { run: record.id, path, status, step, ...omitId(record) });
    for (const { seq, at, kind, data } of readEvents(path)) {
      row('event', { seq, at, event: kind, data });
    }
    for (const metrics of readMetrics(path)) {
      row('metrics', { step: metrics.step, values: metrics.values });
    }
    const last = listRollouts(path).at(-1);
    if (last !== undefined) {
      for (const rollout of readRollouts(last).slice(0, params.rollouts)) {
        row('rollout', { step: last.step, rollout });
      }
    }
    for (const checkpoint of listCheckpoints(path)) row('checkpoint', checkpoint);
  },
});

function omitId<R extends { readonly id: string }>({ id: _, ...rest }: R): Omit<R, 'id'> {
  return rest;
}
