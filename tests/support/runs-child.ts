/**
 * An app with a queue, to be killed. Comes in by argument: a folder and a model. Goes out by message:
 * the id of its run, once that has made a few steps.
 */
import { join } from 'node:path';
import { Lab } from '../../src/main/lab.ts';
import { entry, tinyGrpo, tinySft } from './runs-lab.ts';
import { until } from './until.ts';

const [folder = '', model = ''] = process.argv.slice(2);
const lab = await Lab.open({ workspace: join(folder, 'workspace') });
await lab.runs.queue.enqueue({
  entries: [
    entry('going', tinyGrpo(model, 100_000)),
    entry('waits', tinySft(model, 1), { after: null }),
    entry('waits too', tinySft(model, 1), { after: null }),
  ],
  isFirst: false,
});
await until(() => {
  const run = lab.runs.queue.active?.run;
  return typeof run === 'string' && lab.runs.get(run).step >= 3;
}, 60_000);
process.send?.(lab.runs.queue.active?.run);
