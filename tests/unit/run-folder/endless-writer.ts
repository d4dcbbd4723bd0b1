/** Writes metrics and events to a new run until it is killed; prints each acknowledged number. */
import { RunFolder } from '../../../src/engine/run-folder/run-folder.ts';

const run = await RunFolder.create(process.argv[2] ?? '', {
  recipe: 'endless',
  seed: 1,
  config: {},
});
for (let i = 0; ; i++) {
  run.appendMetrics(i, { value: i });
  run.appendEvent('tick', { text: 'x'.repeat(2000) });
  process.stdout.write(`${i}\n`);
}
