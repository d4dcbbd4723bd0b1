/** `rationale objectives DIR`: one row per reference case with the largest difference. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { checkObjectives } from '../parity/objectives.ts';
import { defineJob } from './define.ts';

export const objectives = defineJob({
  name: 'objectives',
  params: jobParams.objectives,
  async run(context, params) {
    let done = 0;
    let ok = true;
    for await (const row of checkObjectives(params.folder)) {
      context.signal.throwIfAborted();
      context.emit({ type: 'row', row: { ...row } });
      context.emit({ type: 'progress', stage: 'cases', done: ++done, total: 0, note: row.file });
      ok &&= row.ok;
    }
    return { ok };
  },
});
