/**
 * `policy_loss.json` and `papo.json`: log-prob columns -> loss, gradients, per-token parts, metrics.
 * The graphs are those of training, in float64, with their inner values as further outputs.
 */
import { z } from 'zod';
import type { ColumnName } from '../../batch.ts';
import { differentiate } from '../../graph/autodiff.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { objectiveMetrics } from '../../objective/metrics.ts';
import { type PolicyChoice, ratios } from '../../objective/parts.ts';
import type { PerceptionChoice } from '../../objective/perception/implicit-kl.ts';
import { declareColumns, policyObjective } from '../../objective/policy.ts';
import { GraphRunner } from '../../objective/runner.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type Computed, flatten } from './compare.ts';

const matrix = z.array(z.array(z.number()).min(1)).min(1);

const policyParams = z.looseObject({
  objective: z.enum(['clip', 'cispo', 'sapo']),
  importance_level: z.enum(['token', 'sequence']),
  aggregation: z.enum(['seq_mean', 'token_mean', 'dapo', 'dr_grpo']),
  eps_low: z.number(),
  eps_high: z.number(),
  delta: z.number().nullable().optional(),
  beta: z.number(),
  max_completion_length: z.number(),
  num_items_in_batch: z.number(),
  sapo_tau_pos: z.number().optional(),
  sapo_tau_neg: z.number().optional(),
});
const policyInputs = z.looseObject({
  new_logps: matrix,
  old_logps: matrix,
  ref_logps: matrix.nullable().optional(),
  mask: matrix,
  advantages: z.array(z.number()),
});

export const policyCase = z.looseObject({
  name: z.string(),
  params: policyParams,
  inputs: policyInputs,
  expected: z.record(z.string(), z.unknown()),
});

export const papoCase = z.looseObject({
  name: z.string(),
  params: policyParams.extend({
    kl_prcp_coef: z.number(),
    ent_coef: z.number(),
    ent_mask_coef: z.number(),
    entropy: z.enum(['full', 'sampled']),
  }),
  inputs: policyInputs.extend({
    masked_image_logps: matrix,
    entropy: matrix.nullable().optional(),
    entropy_masked: matrix.nullable().optional(),
  }),
  expected: z.record(z.string(), z.unknown()),
});

type Params = z.output<typeof policyParams>;

function surrogateOf(params: Params): PolicyChoice['surrogate'] {
  switch (params.objective) {
    case 'clip':
      return {
        kind: 'ppo-clip',
        low: params.eps_low,
        high: params.eps_high,
        delta: params.delta ?? null,
      };
    case 'cispo':
      return { kind: 'cispo', max: params.eps_high };
    case 'sapo':
      return {
        kind: 'sapo',
        tauPositive: params.sapo_tau_pos ?? 1,
        tauNegative: params.sapo_tau_neg ?? 1.05,
      };
  }
}

function aggregateOf(params: Params): PolicyChoice['aggregate'] {
  switch (params.aggregation) {
    case 'seq_mean':
      return { kind: 'seq-mean-token-mean' };
    case 'token_mean':
      return { kind: 'token-mean' };
    case 'dapo':
      return { kind: 'global-token-mean' };
    case 'dr_grpo':
      return { kind: 'constant-length', length: params.max_completion_length };
  }
}

function choiceOf(params: Params, hasReference: boolean): PolicyChoice {
  return {
    kind: 'policy',
    ratio: { kind: params.importance_level },
    surrogate: surrogateOf(params),
    kl: hasReference ? { kind: 'k3', coefficient: params.beta } : null,
    entropy: null,
    perception: null,
    aggregate: aggregateOf(params),
  };
}

/** Compiled once per objective; sizes are symbolic. */
export class PolicyChecker {
  private readonly runtime: Runtime;
  private readonly runners = new Map<string, GraphRunner>();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  async policy(item: z.output<typeof policyCase>): Promise<Computed> {
    const { params, inputs } = item;
    const hasReference = inputs.ref_logps !== null && inputs.ref_logps !== undefined;
    const found = await this.run(choiceOf(params, hasReference), params, {
      logprobs: inputs.new_logps,
      oldLogprobs: inputs.old_logps,
      mask: inputs.mask,
      advantages: inputs.advantages,
      ...(hasReference ? { refLogprobs: inputs.ref_logps } : {}),
    });
    const metric = (id: string) => found[`metric/${id}`]?.[0];
    const low = metric(objectiveMetrics.clipLow.id);
    const high = metric(objectiveMetrics.clipHigh.id);
    return {
      loss: found['loss'],
      grad_new_logps: found['grad/logprobs'],
      per_token_loss: found['perTokenLoss'],
      ratio: found['ratio'],
      per_token_kl: found['perTokenKl'],
      'metrics/clip_low_mean': low,
      'metrics/clip_high_mean': high,
      // A place cannot be clipped on both sides: the sides differ in the sign of the advantage.
      'metrics/clip_region_mean': (low ?? Number.NaN) + (high ?? Number.NaN),
      'metrics/kl_mean': metric(objectiveMetrics.kl.id),
    };
  }

  async papo(item: z.output<typeof papoCase>): Promise<Computed> {
    const { params, inputs } = item;
    const columns = {
      logprobs: inputs.new_logps,
      oldLogprobs: inputs.old_logps,
      mask: inputs.mask,
      advantages: inputs.advantages,
      maskedLogprobs: inputs.masked_image_logps,
      ...(inputs.ref_logps === null ? {} : { refLogprobs: inputs.ref_logps }),
      ...(params.entropy === 'full'
        ? { entropy: inputs.entropy, maskedEntropy: inputs.entropy_masked }
        : {}),
    };
    const base = choiceOf(params, columns.refLogprobs !== undefined);
    const withRatio = (ratio: PerceptionChoice['ratio']): PolicyChoice => ({
      ...base,
      entropy: { coefficient: params.ent_coef, source: params.entropy },
      perception: {
        kind: 'implicit-kl',
        coefficient: params.kl_prcp_coef,
        ratio,
        maskedEntropy: params.ent_mask_coef,
        maskedEntropySource: params.entropy,
        throughMasked: true,
      },
    });
    const code = await this.run(withRatio('masked-over-clean'), params, columns);
    const paper = await this.run(withRatio('clean-over-masked'), params, columns);
    return {
      loss: code['loss'],
      policy_and_ref_kl_loss: code['policyLoss'],
      perception_kl: code['perceptionKl'],
      entropy: code[`metric/${objectiveMetrics.entropy.id}`],
      entropy_masked: code[`metric/${objectiveMetrics.maskedEntropy.id}`],
      per_token_perception_kl: code['perTokenPerceptionKl'],
      grad_new_logps: code['grad/logprobs'],
      grad_masked_image_logps: code['grad/maskedLogprobs'],
      grad_entropy: code['grad/entropy'],
      grad_entropy_masked: code['grad/maskedEntropy'],
      loss_paper_ratio: paper['loss'],
      perception_kl_paper_ratio: paper['perceptionKl'],
    };
  }

  dispose(): void {
    for (const runner of this.runners.values()) runner.dispose();
  }

  private run(
    choice: PolicyChoice,
    params: Params,
    columns: Readonly<Partial<Record<ColumnName, unknown>>>,
  ): Promise<Record<string, Float64Array>> {
    const key = JSON.stringify(choice);
    const runner = this.runners.get(key) ?? new GraphRunner(this.runtime, checkedGraph(choice));
    this.runners.set(key, runner);
    const arrays = Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, Float64Array.from(flatten(values))]),
    );
    const mask = arrays['mask'] ?? new Float64Array();
    const rows = arrays['advantages']?.length ?? 0;
    return runner.run(
      {
        ...arrays,
        tokenCount: Float64Array.of(params.num_items_in_batch),
        batchTokens: Float64Array.of(
          Math.max(
            1,
            mask.reduce((sum, x) => sum + x, 0),
          ),
        ),
        batchSequences: Float64Array.of(rows),
      },
      { B: rows, T: mask.length / rows },
    );
  }
}

/** The training graph of the choice, with inner values and the gradients as outputs. */
function checkedGraph(choice: PolicyChoice) {
  const objective = policyObjective(choice);
  const g = new GraphBuilder('objective check');
  const columns = declareColumns(g, objective, 'f64');
  const { loss, metrics, parts } = objective.build(g, columns);
  g.output('loss', loss);
  g.output('policyLoss', parts.policyLoss);
  g.output('perTokenLoss', parts.perTokenLoss);
  // The references keep the ratio at masked places too, where training has none: taken raw here.
  const { logprobs, oldLogprobs, mask } = columns;
  const rowTokens = g.maximum(g.sum(mask, { axes: [1], keep: true }), 1);
  g.output(
    'ratio',
    ratios[choice.ratio.kind].build(g, { logRatio: g.sub(logprobs, oldLogprobs), mask, rowTokens }),
  );
  const { perTokenKl, perTokenPerceptionKl, perceptionKl } = parts;
  for (const [name, value] of Object.entries({ perTokenKl, perTokenPerceptionKl, perceptionKl })) {
    if (value !== undefined) g.output(name, value);
  }
  for (const [id, value] of Object.entries(metrics)) g.output(`metric/${id}`, value);
  return differentiate(g.finish(), { loss: 'loss', wrt: objective.differentiable });
}
