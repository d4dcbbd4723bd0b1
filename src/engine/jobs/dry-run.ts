/** What a run will cost, measured on one step that leaves nothing behind. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { dryRun } from '../training/dry-run.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';
import { askedRecipe } from './recipe-source.ts';

const STAGES = 4;

export const dryRunJob = defineJob({
  name: 'dry-run',
  params: jobParams['dry-run'],
  async run(context, params) {
    const recipe = await askedRecipe(params);
    const row = await dryRun(openRuntime(params), recipe, {
      signal: context.signal,
      onStage: (stage, done) => context.emit({ type: 'progress', stage, done, total: STAGES }),
    });
    context.emit({ type: 'row', row: { ...row } });
    return { ok: true };
  },
});
