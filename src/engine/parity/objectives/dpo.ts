/** `dpo.json`: sequence log-probs of pairs -> loss, gradients, implicit rewards; logits where given. */
import { z } from 'zod';
import { differentiate } from '../../graph/autodiff.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { objectiveMetrics } from '../../objective/metrics.ts';
import { preferenceObjective } from '../../objective/pairs.ts';
import type { PreferenceChoice } from '../../objective/parts.ts';
import { GraphRunner } from '../../objective/runner.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Computed } from './compare.ts';
import type { LogitChecker } from './logits.ts';

const vector = z.array(z.number()).min(1);
const matrix = z.array(vector).min(1);

export const dpoCase = z.looseObject({
  name: z.string(),
  params: z.looseObject({ loss_type: z.enum(['sigmoid', 'ipo', 'hinge']), beta: z.number() }),
  inputs: z.looseObject({
    input_ids: matrix,
    completion_mask: matrix,
    logits: z.array(matrix).nullable().optional(),
    ref_logits: z.array(matrix).nullable().optional(),
    chosen_logps: vector,
    rejected_logps: vector,
    ref_chosen_logps: vector,
    ref_rejected_logps: vector,
    chosen_tokens: vector,
    rejected_tokens: vector,
  }),
  expected: z.record(z.string(), z.unknown()),
});
type DpoCase = z.output<typeof dpoCase>;

const columns = [
  'chosen',
  'rejected',
  'refChosen',
  'refRejected',
  'chosenTokens',
  'rejectedTokens',
] as const;

function checkedGraph(choice: PreferenceChoice) {
  const g = new GraphBuilder('preference check');
  const input = (name: (typeof columns)[number]) => g.input(name, 'f64', ['B']);
  const { loss, metrics, parts } = preferenceObjective(choice).build(g, {
    chosen: input('chosen'),
    rejected: input('rejected'),
    refChosen: input('refChosen'),
    refRejected: input('refRejected'),
    chosenTokens: input('chosenTokens'),
    rejectedTokens: input('rejectedTokens'),
    pairCount: g.input('pairCount', 'f64', []),
  });
  g.output('loss', loss);
  for (const [name, value] of Object.entries(parts)) g.output(name, value);
  for (const [id, value] of Object.entries(metrics)) g.output(`metric/${id}`, value);
  return differentiate(g.finish(), { loss: 'loss', wrt: ['chosen', 'rejected'] });
}

export class DpoChecker {
  private readonly runtime: Runtime;
  private readonly logits: LogitChecker;

  constructor(runtime: Runtime, logits: LogitChecker) {
    this.runtime = runtime;
    this.logits = logits;
  }

  async run(item: DpoCase): Promise<Computed> {
    const { params, inputs } = item;
    const kind = params.loss_type === 'sigmoid' ? 'dpo' : params.loss_type;
    const runner = new GraphRunner(
      this.runtime,
      checkedGraph({ kind: 'preference', loss: { kind, beta: params.beta } }),
    );
    const pairs = inputs.chosen_logps.length;
    const found = await runner.run(
      {
        chosen: Float64Array.from(inputs.chosen_logps),
        rejected: Float64Array.from(inputs.rejected_logps),
        refChosen: Float64Array.from(inputs.ref_chosen_logps),
        refRejected: Float64Array.from(inputs.ref_rejected_logps),
        chosenTokens: Float64Array.from(inputs.chosen_tokens, (n) => Math.max(1, n)),
        rejectedTokens: Float64Array.from(inputs.rejected_tokens, (n) => Math.max(1, n)),
        pairCount: Float64Array.of(pairs),
      },
      { B: pairs },
    );
    runner.dispose();
    return {
      loss: found['loss'],
      per_pair_loss: found['perPairLoss'],
      grad_chosen_logps: found['grad/chosen'],
      grad_rejected_logps: found['grad/rejected'],
      rewards_chosen: found['chosenReward'],
      rewards_rejected: found['rejectedReward'],
      accuracy: found[`metric/${objectiveMetrics.pairAccuracy.id}`],
      margin: found[`metric/${objectiveMetrics.margin.id}`],
      ...(await this.sumLogprobs(inputs, inputs.logits, '')),
      ...(await this.sumLogprobs(inputs, inputs.ref_logits, 'ref_')),
    };
  }

  /** The sequence log-probs that the case gives as inputs, from its logits where it has them. */
  private async sumLogprobs(
    inputs: DpoCase['inputs'],
    logits: DpoCase['inputs']['logits'],
    prefix: string,
  ): Promise<Computed> {
    if (logits === null || logits === undefined) return {};
    const found = await this.logits.run({
      logits,
      ids: inputs.input_ids,
      mask: inputs.completion_mask,
      temperature: 1,
    });
    const length = inputs.input_ids[0]?.length ?? 0;
    const sums = inputs.input_ids.map((_, row) => {
      let sum = 0;
      for (let at = row * length; at < (row + 1) * length; at++) {
        if ((found.scored[at] ?? 0) > 0.5) sum += found.logprobs[at] ?? Number.NaN;
      }
      return sum;
    });
    const pairs = sums.length / 2;
    return {
      [`inputs/${prefix}chosen_logps`]: sums.slice(0, pairs),
      [`inputs/${prefix}rejected_logps`]: sums.slice(pairs),
    };
  }
}

/** What a case expects, with its sequence log-probs counted in where its logits say them too. */
export function dpoExpected(item: DpoCase): Record<string, unknown> {
  const { inputs } = item;
  return {
    ...item.expected,
    ...(inputs.logits
      ? {
          'inputs/chosen_logps': inputs.chosen_logps,
          'inputs/rejected_logps': inputs.rejected_logps,
        }
      : {}),
    ...(inputs.ref_logits
      ? {
          'inputs/ref_chosen_logps': inputs.ref_chosen_logps,
          'inputs/ref_rejected_logps': inputs.ref_rejected_logps,
        }
      : {}),
  };
}
