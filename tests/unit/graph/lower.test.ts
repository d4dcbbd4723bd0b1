/** Fused ops stay where a kernel runs them and become ordinary ops elsewhere. */
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { lower } from '../../../src/engine/graph/lower.ts';
import { opNames, rowOf } from '../../../src/engine/graph/ops/index.ts';
import type { DType, Graph } from '../../../src/engine/graph/value.ts';

function norm(dtype: DType): Graph {
  const g = new GraphBuilder('t');
  const { y } = g.rmsNorm(g.input('x', dtype, ['N', 4]), g.input('w', dtype, [4]), { eps: 1e-6 });
  g.output('y', g.swiglu(y));
  return g.finish();
}
const fusedIn = (graph: Graph) =>
  graph.nodes.filter((node) => rowOf(node.op).fused !== undefined).map((node) => node.op);

test('by capability', () => {
  expect(fusedIn(lower(norm('f32'), { capabilities: new Set(['RmsNorm', 'SwiGlu']) }))).toEqual([
    'rmsNorm',
    'swiglu',
  ]);
  expect(fusedIn(lower(norm('f32'), { capabilities: new Set(['SwiGlu']) }))).toEqual(['swiglu']);
  expect(fusedIn(lower(norm('f32'), { capabilities: 'none' }))).toEqual([]);
});

test('f64 never reaches a kernel', () => {
  expect(fusedIn(lower(norm('f64'), { capabilities: new Set(['RmsNorm', 'SwiGlu']) }))).toEqual([]);
});

test('names and types of inputs and outputs survive', () => {
  const before = norm('f32');
  const after = lower(before, { capabilities: 'none' });
  const describe = (graph: Graph) =>
    [...graph.inputs, ...graph.outputs].map(({ name, value }) => ({
      name,
      dtype: value.dtype,
      shape: value.shape,
    }));
  expect(describe(after)).toEqual(describe(before));
});

test('a fused op with neither kernel nor composite says so', () => {
  const g = new GraphBuilder('t');
  const { token } = g.sample(
    g.input('logits', 'f32', ['B', 7]),
    g.input('params', 'f32', ['B', 4]),
    g.input('keys', 'i64', ['B', 2]),
    g.input('suppressed', 'u8', [7]),
  );
  g.output('token', token);
  expect(() => lower(g.finish(), { capabilities: 'none' })).toThrow(
    "[sample] needs the kernel 'Sample'",
  );
});

test('every fused row has a composite or a reason for none', () => {
  for (const op of opNames) {
    const { fused, composite } = rowOf(op);
    expect(composite !== undefined, op).toBe(fused !== undefined);
  }
});
