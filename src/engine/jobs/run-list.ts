/** `rationale run list`: one row per run below a folder, oldest first. */
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { inspectRun, listCheckpoints, listRunPaths } from '../run-folder/read.ts';
import { defineJob } from './define.ts';

export const runList = defineJob({
  name: 'run-list',
  params: jobParams['run-list'],
  async run(context, params) {
    const paths = listRunPaths(params.runs);
    for (const path of paths) {
      try {
        const { record, status, step } = inspectRun(path);
        context.emit({
          type: 'row',
          row: {
            run: record.id,
            recipe: record.recipe,
            seed: record.seed,
            status,
            step,
            checkpoints: listCheckpoints(path).length,
            created_at: record.createdAt,
          },
        });
      } catch (thrown) {
        // One damaged run must not hide the others.
        context.log(`${path}: ${LabError.from(thrown).message}`);
      }
    }
    if (paths.length === 0) context.log(`no runs in ${params.runs}`);
  },
});
