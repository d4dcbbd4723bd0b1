/**
 * A run that the command line makes in the workspace while the app is open: it is in the list while it
 * is going, its curve grows, and when it ended the app can go on with it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Supervisor } from '../../src/main/engine/supervisor.ts';
import { dropWorkspace, endOf, temporaryWorkspace, withLab } from '../support/runs-lab.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { until } from '../support/until.ts';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = temporaryWorkspace();
  model = await writeTinyModel(folder);
}, 60_000);
afterAll(() => dropWorkspace(folder));

it(
  'is seen, followed and continued',
  () =>
    withLab(folder, async (lab) => {
      const engine = new Supervisor();
      const stop = new AbortController();
      const ended = engine.run(
        'train',
        {
          action: 'start',
          recipe: 'grpo',
          model,
          runs: join(lab.path, 'runs'),
          steps: 100_000,
          seed: 1,
          device: 'cpu',
          threads: 2,
          set: {
            'training.promptsPerStep': 2,
            'rollout.groupSize': 2,
            'rollout.maxCompletionTokens': 4,
            'training.checkpointEvery': 5,
          },
        },
        { onEvent: () => undefined, signal: stop.signal },
      );
      const list = () => lab.runs.list({ params: [], isArchivedShown: false });
      await until(() => (list()[0]?.step ?? 0) > 5, 30_000);
      const [seen] = list();
      expect(seen).toMatchObject({ status: 'running', item: null, recipe: 'grpo' });
      const run = seen?.id ?? '';
      await expect(lab.runs.remove(run)).rejects.toMatchObject({ code: 'run/locked' });
      await until(() => (list()[0]?.step ?? 0) > (seen?.step ?? 0) + 5);
      stop.abort();
      await ended;
      await engine.dispose();
      await until(() => lab.runs.get(run).status === 'cancelled');
      await lab.runs.settled();
      const { step } = lab.runs.get(run);
      await lab.runs.resume(run, step + 3);
      const item = lab.runs.queue.active?.id ?? '';
      const [end] = await endOf(lab, [item]);
      expect(end).toMatchObject({ status: 'finished', run, error: null });
      expect(lab.runs.get(run)).toMatchObject({ status: 'finished', step: step + 3 });
      const [series] = lab.runs.series({
        run,
        metrics: ['reward/mean'],
        x: 'step',
        from: null,
        to: null,
        maxPoints: 20_000,
      });
      expect(series?.total).toBe(step + 3);
    }),
  120_000,
);
