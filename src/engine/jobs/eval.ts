/** `rationale eval`: a model's answers to the starter world; one row with accuracy and slices. */
import { setImmediate } from 'node:timers/promises';
import { jobParams } from '../../shared/protocol/jobs.ts';
import type { Item } from '../data/item.ts';
import { splitNamed, worldSource } from '../data/world-source.ts';
import {
  answerItems,
  type Tally,
  type TallyRow,
  tally,
  tallyBy,
  tallyRow,
} from '../evaluation/evaluate.ts';
import { STARTER } from '../training/assemble.ts';
import { openModel } from '../training/open-model.ts';
import { taskId } from '../world/dataset.ts';
import { TASKS } from '../world/tasks/index.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';

export const evaluation = defineJob({
  name: 'eval',
  params: jobParams.eval,
  async run(context, params) {
    splitNamed(params.split);
    const tasks = params.tasks.length === 0 ? Object.keys(TASKS) : params.tasks.map(taskId);
    const { bundle, policy } = openModel(openRuntime(params), params.model ?? STARTER);
    const items: Item[] = [];
    for (const task of tasks) {
      const source = worldSource({
        tasks: { [task]: 1 },
        split: params.split,
        difficulty: null,
        seed: params.seed,
      });
      for (let i = 0; i < params.n; i++) {
        // Drawing never waits for anything: let a cancellation in.
        await setImmediate();
        context.signal.throwIfAborted();
        const item = await source.at(i);
        items.push(params.think ? { ...item, question: `${item.question} think` } : item);
      }
    }
    const answered = await answerItems(policy, bundle, items, {
      draws: params,
      seed: params.seed,
      signal: context.signal,
      onProgress: (done, total) => context.emit({ type: 'progress', stage: 'eval', done, total }),
    });
    const slices = {
      ...tallyBy(answered, (item) => item.task),
      ...tallyBy(answered, (item) => `${item.task}/${item.difficulty}`),
    };
    context.emit({ type: 'row', row: { ...tallyRow(tally(answered)), slices: sorted(slices) } });
    return { ok: true };
  },
});

/** A task, then its difficulties from low to high. */
function sorted(slices: Readonly<Record<string, Tally>>): Record<string, TallyRow> {
  const order = new Intl.Collator('en', { numeric: true });
  return Object.fromEntries(
    Object.entries(slices)
      .sort(([a], [b]) => order.compare(a, b))
      .map(([name, slice]) => [name, tallyRow(slice)]),
  );
}
