/**
 * A preference objective as a compiled program for the loop: token columns of chosen and rejected
 * completions in, loss, gradient and metrics out.
 */
import { differentiate } from '../graph/autodiff.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { preferenceObjective } from './pairs.ts';
import type { PreferenceChoice } from './parts.ts';
import { type FloatDType, metricsOf, type ObjectiveOutput, scalar } from './results.ts';
import { GraphRunner, type HostArray } from './runner.ts';

/** Pairs: row i of the chosen side belongs to row i of the rejected side. */
export interface PreferenceInput {
  /** [2B,T] each, rows 0..B-1 chosen, B..2B-1 rejected; 0 or anything where the mask is 0. */
  readonly columns: {
    readonly logprobs: HostArray;
    readonly refLogprobs: HostArray;
    readonly mask: HostArray;
  };
  /** B */
  readonly pairs: number;
  /** T */
  readonly width: number;
  /** Pairs of the whole update; default B. */
  readonly pairCount?: number;
}

/** The preference objective of a recipe over token columns as one program. */
export function compilePreference(
  runtime: Runtime,
  choice: PreferenceChoice,
  options: { readonly dtype?: FloatDType } = {},
) {
  const dtype = options.dtype ?? 'f32';
  const g = new GraphBuilder('preference');
  const side = (name: string) => {
    const scored = g.greater(g.input(`${name}/mask`, dtype, ['B', 'T']), 0.5);
    const total = (column: string) =>
      g.sum(g.where(scored, g.input(`${name}/${column}`, dtype, ['B', 'T']), 0), { axes: [1] });
    const tokens = g.maximum(g.sum(g.cast(scored, dtype), { axes: [1] }), 1);
    return { logprob: total('logprobs'), ref: total('refLogprobs'), tokens };
  };
  const chosen = side('chosen');
  const rejected = side('rejected');
  const built = preferenceObjective(choice).build(g, {
    chosen: chosen.logprob,
    rejected: rejected.logprob,
    refChosen: chosen.ref,
    refRejected: rejected.ref,
    chosenTokens: chosen.tokens,
    rejectedTokens: rejected.tokens,
    pairCount: g.input('pairCount', dtype, []),
  });
  g.output('loss', built.loss);
  for (const [id, value] of Object.entries(built.metrics)) g.output(`metric/${id}`, value);
  const graph = differentiate(g.finish(), {
    loss: 'loss',
    wrt: ['chosen/logprobs', 'rejected/logprobs'],
  });
  const runner = new GraphRunner(runtime, graph);
  return {
    needs: ['logprobs', 'refLogprobs', 'mask'] as const,
    dispose: () => runner.dispose(),
    /** @returns loss, gradient of the log-probs [2B,T] and metrics */
    async run(input: PreferenceInput): Promise<ObjectiveOutput> {
      const half = input.pairs * input.width;
      const split = (name: 'logprobs' | 'refLogprobs' | 'mask') => ({
        [`chosen/${name}`]: input.columns[name].subarray(0, half),
        [`rejected/${name}`]: input.columns[name].subarray(half),
      });
      const results = await runner.run(
        {
          ...split('logprobs'),
          ...split('refLogprobs'),
          ...split('mask'),
          pairCount: Float64Array.of(input.pairCount ?? input.pairs),
        },
        { B: input.pairs, T: input.width },
      );
      const logprobs = new Float32Array(2 * half);
      logprobs.set(results['grad/chosen/logprobs'] ?? [], 0);
      logprobs.set(results['grad/rejected/logprobs'] ?? [], half);
      return {
        loss: scalar(results, 'loss'),
        gradients: { logprobs },
        metrics: metricsOf(results),
      };
    },
  };
}
