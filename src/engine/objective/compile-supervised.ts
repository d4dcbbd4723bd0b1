/**
 * The supervised objective as a compiled program for the loop: log-probs and mask in, loss, gradient
 * and metrics out.
 */
import { differentiate } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { objectiveMetrics } from './metrics.ts';
import { type SupervisedChoice, supervised } from './parts.ts';
import {
  type FloatDType,
  fillCounts,
  gradientsOf,
  metricsOf,
  type ObjectiveOutput,
  scalar,
} from './results.ts';
import { GraphRunner, type HostArray } from './runner.ts';

export interface SupervisedInput {
  /** [B,T] each. */
  readonly columns: { readonly logprobs: HostArray; readonly mask: HostArray };
  readonly rows: number;
  readonly width: number;
  /** Scored tokens of the whole update; those of this micro-batch where absent. */
  readonly counts?: { readonly batchTokens?: number };
}

/** The supervised objective of a recipe as one program. */
export function compileSupervised(
  runtime: Runtime,
  choice: SupervisedChoice,
  options: { readonly dtype?: FloatDType } = {},
) {
  const dtype = options.dtype ?? 'f32';
  const g = new GraphBuilder('supervised');
  const scored = g.greater(g.input('mask', dtype, ['B', 'T']), 0.5);
  const logprobs = g.where(scored, g.input('logprobs', dtype, ['B', 'T']), 0);
  const loss = supervised[choice.loss.kind].build(g, logprobs, g.input('batchTokens', dtype, []));
  g.output('loss', loss);
  g.output(`metric/${objectiveMetrics.loss.id}`, loss);
  const graph = differentiate(g.finish(), { loss: 'loss', wrt: ['logprobs'] });
  const runner = new GraphRunner(runtime, graph);
  return {
    needs: ['logprobs', 'mask'] as const,
    dispose: () => runner.dispose(),
    async run(input: SupervisedInput): Promise<ObjectiveOutput> {
      const { batchTokens } = fillCounts(input.rows, input.columns.mask, input.counts);
      const results = await runner.run(
        { ...input.columns, batchTokens: Float64Array.of(batchTokens) },
        { B: input.rows, T: input.width },
      );
      return {
        loss: scalar(results, 'loss'),
        gradients: gradientsOf(results),
        metrics: metricsOf(results),
      };
    },
  };
}
