/**
 * `rationale world sample`: procedural samples with every label, one row each, pictures as PNG files
 * where a folder is named. The same request gives the same samples on every machine.
 */
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { sampleById } from '../world/dataset.ts';
import {
  encodePng,
  makeSample,
  type Sample,
  SPLITS,
  type Split,
  TASKS,
  taskId,
} from '../world/index.ts';
import { defineJob, type JobContext } from './define.ts';

export const worldSample = defineJob({
  name: 'world-sample',
  params: jobParams['world-sample'],
  async run(context, params) {
    for (const id of params.ids) await emitSample(context, sampleById(id), params.out);
    if (params.ids.length > 0) return;
    const split = splitName(params.split);
    const tasks = (params.tasks.length > 0 ? params.tasks : Object.keys(TASKS)).map(taskId);
    const total = tasks.length * params.n;
    let done = 0;
    for (const task of tasks) {
      for (let index = 0; index < params.n; index++) {
        // Drawing never waits for anything: let a cancellation in.
        await setImmediate();
        context.signal.throwIfAborted();
        const sample = makeSample({
          task,
          split,
          seed: params.seed,
          index,
          ...(params.difficulty === undefined ? {} : { difficulty: params.difficulty }),
        });
        await emitSample(context, sample, params.out);
        context.emit({ type: 'progress', stage: 'samples', done: ++done, total });
      }
    }
  },
});

async function emitSample(
  context: JobContext,
  sample: Sample,
  folder: string | undefined,
): Promise<void> {
  const { images, answerType, patchLabels, ...labels } = sample;
  const files: string[] = [];
  if (folder !== undefined) {
    for (const [i, image] of images.entries()) {
      const file = resolve(join(folder, `${sample.id.replaceAll('/', '-')}-${i}.png`));
      await writeFileAtomic(file, await encodePng(image));
      files.push(file);
    }
  }
  const sizes = images.map(({ width, height }) => [width, height]);
  context.emit({
    type: 'row',
    row: {
      ...labels,
      answer_type: answerType,
      patch_labels: patchLabels,
      image_sizes: sizes,
      images: files,
    },
  });
}

function splitName(name: string): Split {
  const split = SPLITS.find((known) => known === name);
  if (split !== undefined) return split;
  throw new LabError(
    'cli/usage',
    `[world] expected a split of ${SPLITS.join(', ')}; got '${name}'`,
  );
}
