/** The demo from end to end with a handful of steps: that every part of it works, not what it reaches. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDemo } from '../../src/engine/demo/demo.ts';
import {
  inspectRun,
  listCheckpoints,
  listRollouts,
  readEvents,
  readMetrics,
} from '../../src/engine/run-folder/read.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';
import { hasStarter } from '../support/cli.ts';

let runs: string;
beforeAll(() => {
  runs = mkdtempSync(join(tmpdir(), 'rationale-demo-'));
});
afterAll(() => rmSync(runs, { recursive: true, force: true }));

describe.skipIf(!hasStarter())('demo', { timeout: 240_000 }, () => {
  it('measures, trains twice and measures again, in one run', async () => {
    const stages = new Set<string>();
    const result = await runDemo(
      Runtime.open({ threads: 2 }),
      {
        seed: 1,
        quick: true,
        runs,
        split: 'dev',
        overrides: {
          coldStart: { training: { steps: 3, promptsPerStep: 4 } },
          grpo: { training: { steps: 2, promptsPerStep: 3 }, rollout: { groupSize: 4 } },
        },
      },
      {
        signal: new AbortController().signal,
        onProgress: (stage) => stages.add(stage),
      },
    );
    for (const score of [result.base, result.cold_start, result.grpo]) {
      expect(score.accuracy).toBeGreaterThanOrEqual(0);
      expect(score.accuracy).toBeLessThanOrEqual(1);
      expect(Object.values(score.bands).map((tally) => tally.n)).toEqual([100, 100, 100]);
    }
    expect(result.paired_p).toBeGreaterThan(0);
    expect(result.paired_p).toBeLessThanOrEqual(1);
    expect(stages.size).toBe(5);
    const run = join(runs, result.run);
    expect(inspectRun(run)).toMatchObject({ status: 'finished', step: 5 });
    expect(readMetrics(run).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([3, 5]);
    expect(listRollouts(run).map(({ step }) => step)).toEqual([4, 5]);
    const evaluated = readEvents(run).filter(({ kind }) => kind === 'evaluated');
    expect(evaluated.map(({ data }) => data['stage'])).toHaveLength(3);
  });
});
