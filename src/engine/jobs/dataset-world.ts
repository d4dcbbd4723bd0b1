/** Samples of the starter world as a dataset folder: rows.jsonl with every label, pictures as PNG. */
import { resolve } from 'node:path';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { worldMix } from '../data/world-source.ts';
import { generate } from '../world/dataset.ts';
import { exportWorld } from '../world/export.ts';
import { defineJob } from './define.ts';

export const datasetWorld = defineJob({
  name: 'dataset-world',
  params: jobParams['dataset-world'],
  async run(context, params) {
    const { difficulty, n, seed, split } = params;
    const tasks = Array.isArray(params.tasks)
      ? Object.fromEntries(params.tasks.map((task) => [task, 1]))
      : params.tasks;
    const levels =
      typeof difficulty === 'number' ? ([difficulty, difficulty] as const) : difficulty;
    const mix = worldMix({ tasks, split, difficulty: levels, seed });
    const written = await exportWorld(
      params.out,
      {
        count: n,
        suffix: params.think ? ' think' : '',
        sampleAt(index) {
          const [sample] = generate({ ...mix, seed, count: 1, from: index });
          if (sample === undefined)
            throw new RangeError('the world gives as many samples as asked');
          return sample;
        },
      },
      {
        signal: context.signal,
        onProgress: (done) => context.emit({ type: 'progress', stage: 'samples', done, total: n }),
      },
    );
    context.emit({
      type: 'row',
      row: { kind: 'dataset-world', folder: resolve(params.out), count: n, ...written },
    });
    return { ok: true };
  },
});
