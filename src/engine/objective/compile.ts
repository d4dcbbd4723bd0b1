/**
 * A policy objective as a compiled program for the loop: host columns of one micro-batch in, loss,
 * gradients and metrics out. f32 for training; f64 for checking against references.
 */
import type { ColumnName } from '../batch.ts';
import { differentiate } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { CountName } from './define.ts';
import { objectiveMetrics } from './metrics.ts';
import type { PolicyChoice } from './parts.ts';
import { declareColumns, policyObjective } from './policy.ts';
import {
  type FloatDType,
  fillCounts,
  gradientsOf,
  metricsOf,
  type ObjectiveOutput,
  scalar,
  type TokenColumns,
} from './results.ts';
import { GraphRunner, type HostArray } from './runner.ts';

/** One micro-batch. */
export interface ObjectiveInput {
  /** [B,T] each. */
  readonly columns: TokenColumns;
  /** [B] */
  readonly advantages: HostArray;
  /** B */
  readonly rows: number;
  /** T */
  readonly width: number;
  /** Denominators of the whole update; those of this micro-batch where absent. */
  readonly counts?: Readonly<Partial<Record<CountName, number>>>;
  /** Instead of the coefficient of the recipe's KL; changes without compiling anew. */
  readonly klWeight?: number | undefined;
}

export interface CompiledObjective {
  readonly needs: readonly ColumnName[];
  readonly differentiable: readonly ColumnName[];
  /** Whether a row whose advantage is 0 has a gradient all the same: from KL, entropy or perception. */
  readonly hasOwnTerms: boolean;
  /** @throws LabError `graph/shape-mismatch` if a needed column is missing or has another length than B*T */
  run(input: ObjectiveInput): Promise<ObjectiveOutput>;
  dispose(): void;
}

/** The policy objective of a recipe as one program. */
export function compileObjective(
  runtime: Runtime,
  choice: PolicyChoice,
  options: { readonly dtype?: FloatDType } = {},
): CompiledObjective {
  const dtype = options.dtype ?? 'f32';
  const objective = policyObjective(choice);
  const g = new GraphBuilder('objective');
  const columns = declareColumns(g, objective, dtype);
  // An input and no constant, so that it can change while a run goes on.
  const klWeight = choice.kl === null ? {} : { klWeight: g.input('klWeight', dtype, []) };
  const built = objective.build(g, { ...columns, ...klWeight });
  g.output('loss', built.loss);
  for (const [id, value] of Object.entries(built.metrics)) g.output(`metric/${id}`, value);
  const graph = differentiate(g.finish(), { loss: 'loss', wrt: objective.differentiable });
  const runner = new GraphRunner(runtime, graph);
  return {
    needs: objective.needs,
    differentiable: objective.differentiable,
    hasOwnTerms: choice.kl !== null || choice.entropy !== null || choice.perception !== null,
    dispose: () => runner.dispose(),
    async run(input) {
      const denominators = fillCounts(input.rows, input.columns.mask, input.counts);
      const results = await runner.run(
        {
          ...input.columns,
          advantages: input.advantages,
          ...(choice.kl === null
            ? {}
            : { klWeight: Float64Array.of(input.klWeight ?? choice.kl.coefficient) }),
          ...Object.fromEntries(
            objective.counts.map((name) => [name, Float64Array.of(denominators[name])]),
          ),
        },
        { B: input.rows, T: input.width },
      );
      const metrics = metricsOf(results);
      // The full-vocabulary entropy says more than the sampled one; use it where the caller has it.
      const { entropy, mask: scored } = input.columns;
      if (entropy !== undefined && scored !== undefined)
        metrics[objectiveMetrics.entropy.id] = maskedMean(entropy, scored);
      return { loss: scalar(results, 'loss'), gradients: gradientsOf(results), metrics };
    },
  };
}

function maskedMean(column: HostArray, mask: HostArray): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if ((mask[i] ?? 0) <= 0.5) continue;
    sum += column[i] ?? Number.NaN;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
