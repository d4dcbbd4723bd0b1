/**
 * The roll-call of jobs: name -> how to load it. Loaded when asked for, so that `recipe list` does
 * not wait for the native runtime and a missing library cannot break what does not need it.
 */
import type { JobName } from '../../shared/protocol/jobs.ts';
import type { Job } from './define.ts';

export const jobs: Partial<Record<JobName, () => Promise<Job>>> = {
  doctor: async () => (await import('./doctor.ts')).doctor,
  objectives: async () => (await import('./objectives.ts')).objectives,
  'recipe-list': async () => (await import('./recipe-list.ts')).recipeList,
  'recipe-show': async () => (await import('./recipe-show.ts')).recipeShow,
  'recipe-check': async () => (await import('./recipe-check.ts')).recipeCheck,
  'recipe-schema': async () => (await import('./recipe-schema.ts')).recipeSchema,
  'metric-list': async () => (await import('./metric-list.ts')).metricList,
  'run-list': async () => (await import('./run-list.ts')).runList,
  'run-show': async () => (await import('./run-show.ts')).runShow,
  'world-sample': async () => (await import('./world-sample.ts')).worldSample,
  'dataset-world': async () => (await import('./dataset-world.ts')).datasetWorld,
  'model-sees': async () => (await import('./model-sees.ts')).modelSeesJob,
  chat: async () => (await import('./chat.ts')).chat,
  'score-rollout': async () => (await import('./score-rollout.ts')).scoreRollout,
  'model-check': async () => (await import('./model-check.ts')).modelCheck,
  'model-export': async () => (await import('./model-export.ts')).modelExport,
  parity: async () => (await import('./parity.ts')).parity,
  generate: async () => (await import('./generate.ts')).generate,
  eval: async () => (await import('./eval.ts')).evaluation,
  train: async () => (await import('./train.ts')).train,
  'dry-run': async () => (await import('./dry-run.ts')).dryRunJob,
  bench: async () => (await import('./bench.ts')).bench,
  demo: async () => (await import('./demo.ts')).demo,
};
