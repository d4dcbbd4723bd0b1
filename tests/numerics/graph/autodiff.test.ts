/** Gradients of whole graphs: ties as torch has them, stopped and missing gradients, accumulation. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/engine/graph/autodiff.ts';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import type { Value } from '../../../src/engine/graph/value.ts';
import { compile } from '../../oracle/run-graph.ts';

/** d(sum(build(x)))/dx at the given points. */
function slope(build: (g: GraphBuilder, x: Value) => Value, points: number[]): number[] {
  const g = new GraphBuilder('t');
  g.output('loss', g.sum(build(g, g.input('x', 'f64', ['N']))));
  const graph = differentiate(g.finish(), { loss: 'loss', wrt: ['x'] });
  const x = { dtype: 'f64' as const, shape: [points.length], data: points };
  return compile(graph).run([x], [[], [points.length]])[1]?.data ?? [];
}

describe('ties', () => {
  test('minimum and maximum share the gradient', () => {
    expect(slope((g, x) => g.minimum(x, 1), [0, 1, 2])).toEqual([1, 0.5, 0]);
    expect(slope((g, x) => g.maximum(1, x), [0, 1, 2])).toEqual([0, 0.5, 1]);
  });
  test('clamp passes on its bounds', () => {
    expect(slope((g, x) => g.clamp(x, 0, 1), [-1, 0, 0.5, 1, 2])).toEqual([0, 1, 1, 1, 0]);
  });
  test('the halves of a clipped surrogate add up where clipping does nothing', () => {
    const surrogate = (g: GraphBuilder, ratio: Value) =>
      g.minimum(g.mul(ratio, 3), g.mul(g.clamp(ratio, 0.8, 1.2), 3));
    expect(slope(surrogate, [0.5, 0.8, 1, 1.2, 1.5])).toEqual([3, 3, 3, 3, 0]);
  });
  test('max shares equally', () => {
    expect(slope((g, x) => g.max(x), [2, 1, 2])).toEqual([0.5, 0, 0.5]);
  });
});

test('a stopped gradient is zero, and the rest still flows', () => {
  expect(slope((g, x) => g.mul(g.stopGradient(x), x), [3, -2])).toEqual([3, -2]);
  expect(slope((g, x) => g.stopGradient(x), [3])).toEqual([0]);
});

test('uses of one value add up', () => {
  expect(slope((g, x) => g.add(g.mul(x, x), g.neg(x)), [3])).toEqual([5]);
});

test('flattening two symbolic sizes has a way back', () => {
  const g = new GraphBuilder('t');
  const x = g.input('x', 'f32', ['B', 'T']);
  const flat = g.reshape(x, ['BT']);
  g.output('loss', g.sum(g.mul(flat, flat)));
  const graph = differentiate(g.finish(), { loss: 'loss', wrt: ['x'] });
  const points = { dtype: 'f32' as const, shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
  expect(compile(graph).run([points], [[], [2, 3]])[1]?.data).toEqual([2, 4, 6, 8, 10, 12]);
});

test('a loss must have one element', () => {
  const g = new GraphBuilder('t');
  g.output('loss', g.input('x', 'f32', ['N']));
  expect(() => differentiate(g.finish(), { loss: 'loss', wrt: ['x'] })).toThrow(
    "loss 'loss' must have one element: got [N]",
  );
});

test('names that do not exist are refused with those that do', () => {
  const g = new GraphBuilder('t');
  g.output('loss', g.sum(g.input('x', 'f32', ['N'])));
  const graph = g.finish();
  expect(() => differentiate(graph, { loss: 'loss', wrt: ['w'] })).toThrow("has no input 'w'");
  expect(() => differentiate(graph, { loss: 'l', wrt: ['x'] })).toThrow("has no output 'l'");
});

test('a gradient that meets an op without one names the op, the reason and the line', () => {
  const g = new GraphBuilder('t');
  const p = g.input('p', 'f32', [2]);
  const { p: next } = g.adamw(p, p, p, p, g.input('hyper', 'f32', [8]));
  g.output('loss', g.sum(next));
  expect(() => differentiate(g.finish(), { loss: 'loss', wrt: ['p'] })).toThrow(
    '[adamw] has no gradient: an update is not differentiated',
  );
});

test('outputs kept for reading refuse a gradient', () => {
  const g = new GraphBuilder('t');
  const { rstd } = g.rmsNorm(g.input('x', 'f32', ['N', 4]), g.input('w', 'f32', [4]), {
    eps: 1e-6,
  });
  g.output('loss', g.sum(rstd));
  expect(() => differentiate(g.finish(), { loss: 'loss', wrt: ['x'] })).toThrow(
    "no gradient flows through output 'rstd'",
  );
});
