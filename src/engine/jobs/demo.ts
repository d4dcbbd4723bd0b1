/** `rationale demo`: runs it, shows progress, and prints the table (or one JSON line). */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { type DemoResult, type DemoScore, runDemo } from '../demo/demo.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';

export const demo = defineJob({
  name: 'demo',
  params: jobParams.demo,
  async run(context, params) {
    const result = await runDemo(openRuntime(params), params, {
      signal: context.signal,
      onProgress: (stage, done, total, note) =>
        context.emit({
          type: 'progress',
          stage,
          done,
          total,
          ...(note === undefined ? {} : { note }),
        }),
    });
    context.emit({ type: 'report', text: table(result) });
    context.emit({ type: 'row', row: { ...result } });
    return { ok: true };
  },
});

function table(result: DemoResult): string {
  const percent = (value: number | undefined) =>
    `${(100 * (value ?? Number.NaN)).toFixed(1)}`.padStart(6);
  const line = (name: string, score: DemoScore) => {
    const [low, high] = score.ci95;
    const interval = `${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}`;
    return [
      name.padEnd(12),
      percent(score.accuracy),
      interval.padStart(12),
      percent(score.bands['easy']?.accuracy),
      percent(score.bands['hard']?.accuracy),
      percent(score.format),
      score.length_tokens.toFixed(1).padStart(7),
    ].join('  ');
  };
  return [
    '',
    'Held-out pictures, greedy answers, right in %. GRPO trains on walks of 3-4 moves.',
    '',
    '              3-4 moves  95 % interval  1-2     5-6     format  tokens',
    line('base', result.base),
    line('cold start', result.cold_start),
    line('GRPO', result.grpo),
    '',
    `Gain of GRPO over the cold start on 3-4 moves: ${(100 * (result.grpo.accuracy - result.cold_start.accuracy)).toFixed(1)} points (paired test p = ${result.paired_p.toExponential(1)})`,
    `${result.seconds} s. Look inside: npx rationale run show ${result.run}`,
  ].join('\n');
}
