/**
 * Kernels against composites: one fused row and the gradients that its reverse rule derives, in f32
 * with the kernels of this device, compared with the composite in f64. One tolerance table.
 */
import { differentiate } from '../../src/engine/graph/autodiff.ts';
import { rowOf } from '../../src/engine/graph/ops/index.ts';
import { type Attrs, type Graph, isFloat } from '../../src/engine/graph/value.ts';
import { expectClose, fill, graphOf, type OpExample, scalarLoss } from './check-op.ts';
import type { Nd } from './nd.ts';
import { compile, compileOrdinary, testRuntime } from './run-graph.ts';

interface Tolerance {
  readonly forward: number;
  readonly gradient: number;
}

/** Largest difference allowed, as a part of the largest element (at least 1). f32 has 6e-8. */
export const TOLERANCE: Readonly<Record<string, Tolerance>> = {
  rmsNorm: { forward: 2e-6, gradient: 1e-5 },
  addRmsNorm: { forward: 2e-6, gradient: 1e-5 },
  swiglu: { forward: 2e-6, gradient: 5e-6 },
  attention: { forward: 5e-6, gradient: 2e-5 },
  decodeAttention: { forward: 5e-6, gradient: 0 },
  tokenLogprob: { forward: 5e-6, gradient: 2e-5 },
  scatterAddRows: { forward: 5e-6, gradient: 5e-6 },
  adamw: { forward: 2e-6, gradient: 0 },
  sumSquares: { forward: 1e-6, gradient: 1e-6 },
};

/** Backward rows run inside the rule of the row before the colon. */
const GRAD = /Grad$/;

/** The fused rows that this device runs itself. */
export function nativeRows(names: readonly string[]): string[] {
  const kernels = new Set(
    testRuntime()
      .capabilities()
      .map((capability) => capability.op),
  );
  return names.filter((op) => {
    const { fused, composite } = rowOf(op);
    const isChecked = typeof composite === 'function' && !GRAD.test(op);
    return isChecked && fused !== undefined && kernels.has(fused);
  });
}

export function checkFused(op: string, example: OpExample): void {
  const { forward, gradient } = TOLERANCE[op] ?? { forward: 0, gradient: 0 };
  const attrs = example.attrs ?? {};
  const narrow = fill(example.inputs, 'f32', 5);
  const wide = narrow.map((x) => (x.dtype === 'f32' ? { ...x, dtype: 'f64' as const } : x));
  const graph = withGradients(op, narrow, attrs);
  const expected = compileOrdinary(withGradients(op, wide, attrs)).run(wide);
  const actual = compile(graph).run(narrow);
  for (const [i, { name }] of graph.outputs.entries()) {
    const [a, e] = [actual[i]?.data ?? [], expected[i]?.data ?? []];
    expectClose(a, e, name.startsWith('grad/') ? gradient : forward, `${op} ${name}`);
  }
}

/** The node's own outputs, then the gradients of its float inputs from fixed random output weights. */
function withGradients(op: string, inputs: readonly Nd[], attrs: Attrs): Graph {
  const plain = graphOf(op, inputs, attrs);
  const row = rowOf(op);
  const loss = typeof row.vjp === 'function' ? scalarLoss(op, plain) : undefined;
  if (loss === undefined) return plain;
  const wrt = plain.inputs.flatMap(({ name, value }, i) =>
    isFloat(value.dtype) && row.shapeOnly?.includes(i) !== true ? [name] : [],
  );
  const all = { ...loss, outputs: [...loss.outputs, ...plain.outputs] };
  const derived = differentiate(all, { loss: 'loss', wrt });
  return { ...derived, outputs: derived.outputs.filter(({ name }) => name !== 'loss') };
}
