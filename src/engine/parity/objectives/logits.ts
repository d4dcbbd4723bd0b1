/**
 * Logits [N,V] -> log-probs of targets, entropies, the supervised loss and its gradient, in float64
 * and ordinary ops. Shared by the checks of `dpo.json` and `sft_entropy.json`.
 */
import { differentiate } from '../../graph/autodiff.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { supervised } from '../../objective/parts.ts';
import { GraphRunner } from '../../objective/runner.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { flatten } from './compare.ts';

export interface LogitRows {
  /** [B][S][V] */
  readonly logits: readonly (readonly (readonly number[])[])[];
  /** [B][S] */
  readonly ids: readonly (readonly number[])[];
  /** [B][S] 1 where the token is scored */
  readonly mask: readonly (readonly number[])[];
  readonly temperature: number;
}

export interface LogitResults {
  /** -sum of scored log-probs (temperature 1) / scored tokens. */
  readonly loss: number;
  readonly tokens: number;
  /** [B,S,V] */
  readonly gradLogits: Float64Array;
  /** [B,S] at temperature 1 and at the given one: of ids[t+1] given ..t; the last column says nothing. */
  readonly logprobs: Float64Array;
  readonly tempered: Float64Array;
  /** [B,S] at the temperature. */
  readonly entropy: Float64Array;
  /** [B,S] 1 where the log-prob at t belongs to a scored token. */
  readonly scored: Float64Array;
}

export class LogitChecker {
  private readonly runner: GraphRunner;

  constructor(runtime: Runtime) {
    const g = new GraphBuilder('logits check');
    const logits = g.input('logits', 'f64', ['N', 'V']);
    const targets = g.input('targets', 'i32', ['N']);
    const scored = g.greater(g.input('scored', 'f64', ['N']), 0.5);
    const logprobs = g.takeAlong(g.logSoftmax(logits), targets);
    const log = g.logSoftmax(g.div(logits, g.input('temperature', 'f64', [])));
    g.output('logprobs', logprobs);
    g.output('tempered', g.takeAlong(log, targets));
    g.output('entropy', g.neg(g.sum(g.mul(g.exp(log), log), { axes: [1] })));
    g.output(
      'loss',
      supervised.nll.build(g, g.where(scored, logprobs, 0), g.input('batchTokens', 'f64', [])),
    );
    this.runner = new GraphRunner(
      runtime,
      differentiate(g.finish(), { loss: 'loss', wrt: ['logits'] }),
    );
  }

  async run(rows: LogitRows): Promise<LogitResults> {
    const length = rows.ids[0]?.length ?? 0;
    const vocabulary = rows.logits[0]?.[0]?.length ?? 0;
    // The logits at t predict token t + 1; nothing follows the last column.
    const shift = (table: readonly (readonly number[])[]) =>
      table.flatMap((row) => [...row.slice(1), 0]);
    const scored = Float64Array.from(shift(rows.mask));
    const tokens = scored.reduce((sum, x) => sum + x, 0);
    const found = await this.runner.run(
      {
        logits: Float64Array.from(flatten(rows.logits)),
        targets: Int32Array.from(shift(rows.ids)),
        scored,
        temperature: Float64Array.of(rows.temperature),
        batchTokens: Float64Array.of(Math.max(1, tokens)),
      },
      { N: rows.ids.length * length, V: vocabulary },
    );
    const of = (name: string) => found[name] ?? new Float64Array();
    return {
      loss: of('loss')[0] ?? Number.NaN,
      tokens,
      gradLogits: of('grad/logits'),
      logprobs: of('logprobs'),
      tempered: of('tempered'),
      entropy: of('entropy'),
      scored,
    };
  }

  dispose(): void {
    this.runner.dispose();
  }
}
