/** An engine process per job, for where no pool is at hand. Comes in: a job. Goes out: its outcome. */
import type { JobInput, JobName } from '../../../shared/protocol/jobs.ts';
import type { JobRunner } from '../../engine/ask.ts';
import { type JobOptions, type JobOutcome, Supervisor } from '../../engine/supervisor.ts';

export const ownEngine: JobRunner = {
  async run<N extends JobName>(
    job: N,
    params: JobInput<N>,
    options: JobOptions,
  ): Promise<JobOutcome> {
    const engine = new Supervisor();
    try {
      return await engine.run(job, params, options);
    } finally {
      await engine.dispose();
    }
  },
};
