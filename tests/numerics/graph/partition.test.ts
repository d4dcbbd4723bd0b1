/**
 * A decoder layer split in two: the backward graph gives the gradients of the whole, whatever is
 * handed over, and hands over no more than it should.
 */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/engine/graph/autodiff.ts';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { partition, type Recompute } from '../../../src/engine/graph/partition.ts';
import type { Graph } from '../../../src/engine/graph/value.ts';
import { expectClose, fill } from '../../oracle/check-op.ts';
import type { Nd } from '../../oracle/nd.ts';
import { compile } from '../../oracle/run-graph.ts';

const D = 12;
const [HEADS, KV, E, F] = [2, 1, 4, 10];
const WEIGHTS = ['norm1', 'qkv', 'bias', 'o', 'norm2', 'gateUp', 'down'];

function layer(): Graph {
  const g = new GraphBuilder('layer');
  const x = g.input('x', 'f32', ['N', D]);
  const [cos, sin] = [g.input('cos', 'f32', ['N', E]), g.input('sin', 'f32', ['N', E])];
  const segments = g.input('segments', 'i32', ['M', 4]);
  const weight = (name: string, ...shape: number[]) => g.input(name, 'f32', shape);
  const width = (HEADS + 2 * KV) * E;
  const first = g.rmsNorm(x, weight('norm1', D), { eps: 1e-6 });
  const qkv = g.linear(first.y, weight('qkv', width, D), weight('bias', width));
  const options = { heads: HEADS, kvHeads: KV, causal: true, scale: 0.5 };
  const { out, kv } = g.attention(qkv, cos, sin, segments, options);
  const mixed = g.linear(out, weight('o', D, HEADS * E));
  const second = g.addRmsNorm(x, mixed, weight('norm2', D), { eps: 1e-6 });
  const inner = g.swiglu(g.linear(second.y, weight('gateUp', 2 * F, D)));
  g.output('y', g.linear(inner, weight('down', D, F), second.sum));
  g.output('kv', kv);
  return g.finish();
}

const ROWS = 5;
const resolve = (graph: Graph): number[][] =>
  graph.outputs.map(({ value }) => value.shape.map((dim) => (dim === 'N' ? ROWS : Number(dim))));

function samples(graph: Graph): Record<string, Nd> {
  const shapes = graph.inputs.map(({ value }) =>
    value.shape.map((dim) => (dim === 'N' ? ROWS : dim === 'M' ? 2 : Number(dim))),
  );
  const arrays = fill(
    shapes.map((shape) => ({ dtype: 'float', shape })),
    'f32',
  );
  const named = Object.fromEntries(graph.inputs.map(({ name }, i) => [name, arrays[i]]));
  return {
    ...named,
    segments: { dtype: 'i32', shape: [2, 4], data: [0, 2, 0, 0, 2, 3, 0, 2] },
  } as Record<string, Nd>; // as: one array per input
}

function run(graph: Graph, known: Record<string, Nd>): Record<string, Nd> {
  const inputs = graph.inputs.map(({ name }) => {
    const array = known[name];
    if (array === undefined) throw new Error(`nothing for input ${name}`);
    return array;
  });
  const results = compile(graph).run(inputs, resolve(graph));
  return Object.fromEntries(graph.outputs.map(({ name }, i) => [name, results[i]])) as Record<
    string,
    Nd
  >; // as: one per output
}

const wrt = ['x', ...WEIGHTS];

describe.each<Recompute>(['none', 'cheap', 'all'])('recompute %s', (recompute) => {
  const whole = layer();
  const parts = partition(whole, { wrt, seeds: ['y'], recompute });

  test('gives the gradients of the whole graph', () => {
    const given = samples(whole);
    const [seed] = fill([{ dtype: 'float', shape: [ROWS, D] }], 'f32', 9);
    if (seed === undefined) throw new Error('one sample was asked for');
    const g = GraphBuilder.resume(whole);
    const y = whole.outputs[0]?.value;
    if (y === undefined) throw new Error('the layer has an output');
    g.output('loss', g.sum(g.mul(y, g.input('dy', 'f32', ['N', D]))));
    const expected = run(differentiate(g.finish(), { loss: 'loss', wrt }), { ...given, dy: seed });

    const forward = run(parts.forward, given);
    const actual = run(parts.backward, { ...given, ...forward, 'grad/y': seed });
    for (const name of wrt) {
      const [a, e] = [actual[`grad/${name}`], expected[`grad/${name}`]];
      expectClose(a?.data ?? [], e?.data ?? [], 1e-6, `grad/${name}`);
    }
    expectClose(forward['y']?.data ?? [], expected['y']?.data ?? [], 1e-6, 'y');
  });

  test('backward inputs are graph inputs, residuals and gradients', () => {
    const allowed = [
      ...whole.inputs.map(({ name }) => name),
      ...parts.residuals.map(({ name }) => name),
      'grad/y',
    ];
    for (const { name } of parts.backward.inputs) expect(allowed).toContain(name);
    const outputs = parts.forward.outputs.map(({ name }) => name);
    for (const { name } of parts.residuals) expect(outputs).toContain(name);
  });
});

const residuals = (recompute: Recompute, graph = layer(), names = wrt) =>
  partition(graph, { wrt: names, seeds: ['y'], recompute }).residuals.map(({ name }) =>
    name.replace(/^residual\/\d+\./, ''),
  );

test('what is handed over', () => {
  expect(residuals('all')).toEqual([]);
  expect(residuals('cheap')).toEqual([
    'linear',
    'attention.out',
    'attention.lse',
    'linear',
    'linear',
  ]);
  expect(residuals('none')).toContain('addRmsNorm.rstd');
});

test('frozen weights cost no gradient products', () => {
  const { backward } = partition(layer(), { wrt: ['x'], seeds: ['y'], recompute: 'none' });
  expect(backward.nodes.filter((node) => node.op === 'gemm')).toHaveLength(4);
  expect(residuals('none', layer(), ['x'])).not.toContain('swiglu');
});

test('a residual that is an output keeps its name and is listed once', () => {
  const g = new GraphBuilder('t');
  const y = g.exp(g.input('x', 'f32', ['N']));
  g.output('y', y);
  const parts = partition(g.finish(), { wrt: ['x'], seeds: ['y'], recompute: 'none' });
  expect(parts.residuals.map(({ name }) => name)).toEqual(['y']);
  expect(parts.forward.outputs.map(({ name }) => name)).toEqual(['y']);
});

test('no value is handed over for its shape alone', () => {
  const g = new GraphBuilder('t');
  const x = g.input('x', 'f32', ['N', 3]);
  g.output('y', g.sum(g.exp(g.neg(x)), { axes: [1] }));
  const parts = partition(g.finish(), { wrt: ['x'], seeds: ['y'], recompute: 'none' });
  expect(parts.residuals).toHaveLength(1);
  const plain = new GraphBuilder('t');
  plain.output('y', plain.mean(plain.neg(plain.input('x', 'f32', ['N', 3])), { axes: [1] }));
  const none = partition(plain.finish(), { wrt: ['x'], seeds: ['y'], recompute: 'none' });
  expect(none.residuals).toEqual([]);
});
