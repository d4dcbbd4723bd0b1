/** What the builder promises: types checked at each call, errors that name op and line, legal graphs. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { simplify } from '../../../src/engine/graph/rewrite.ts';
import { formatType, type Graph } from '../../../src/engine/graph/value.ts';
import { verify } from '../../../src/engine/graph/verify.ts';
import { LabError } from '../../../src/shared/errors.ts';

function caught(run: () => unknown): LabError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof LabError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('errors', () => {
  test('a shape error names the op, both shapes and this line', () => {
    const g = new GraphBuilder('t');
    const a = g.input('a', 'f32', ['B', 'T', 768]);
    const b = g.input('b', 'f32', [512, 'D']);
    const error = caught(() => g.matmul(a, b));
    expect(error.code).toBe('graph/shape-mismatch');
    expect(error.message).toContain(
      '[matmul] inner dimensions must agree: got [B,T,768] x [512,D]\n  at ',
    );
    expect(error.details?.['source']).toMatch(/builder\.test\.ts:\d+:\d+$/);
  });

  test('a dtype error says what to do', () => {
    const g = new GraphBuilder('t');
    const error = caught(() => g.add(g.input('a', 'f32', [2]), g.input('b', 'i32', [2])));
    expect(error.code).toBe('graph/dtype-mismatch');
    expect(error.message).toContain('[add] operands must have one dtype: got f32 [2] and i32 [2]');
    expect(error.hint).toBe('cast one of them');
  });

  test.each([
    [
      'axis',
      (g: GraphBuilder) => g.sum(g.input('x', 'f32', [2]), { axes: [1] }),
      '[sum] axis 1 is outside a tensor of rank 1',
    ],
    [
      'perm',
      (g: GraphBuilder) => g.transpose(g.input('x', 'f32', [2, 3]), [0, 0]),
      '[transpose] perm [0,0] is not an order of the axes of [2,3]',
    ],
    [
      'split',
      (g: GraphBuilder) => g.split(g.input('x', 'f32', [5]), { axis: 0, sizes: [2, 2] }),
      '[split] sizes [2,2] must add up to axis 0 of [5]: got 4',
    ],
    [
      'heads',
      (g: GraphBuilder) => {
        const cos = g.input('cos', 'f32', ['N', 4]);
        const segments = g.input('s', 'i32', ['M', 4]);
        const options = { heads: 3, kvHeads: 2, causal: true, scale: 1 };
        return g.attention(g.input('x', 'f32', ['N', 28]), cos, cos, segments, options);
      },
      '[attention] qkv must be [N,(H+2K)E] with E even and K dividing H: got width 28 for H=3, K=2',
    ],
    [
      'constant',
      (g: GraphBuilder) => g.constant([1, 2], { shape: [3] }),
      '[constant] f32 [3] needs 3 numbers: got 2',
    ],
    [
      'index',
      (g: GraphBuilder) => g.gatherRows(g.input('t', 'f32', [2, 2]), g.input('i', 'f32', [1])),
      '[gatherRows] index must be i32 or i64: got f32 [1]',
    ],
  ])('%s', (_, build, message) => {
    expect(caught(() => build(new GraphBuilder('t'))).message).toContain(message);
  });

  test('names are taken once', () => {
    const g = new GraphBuilder('t');
    const x = g.input('x', 'f32', []);
    g.output('y', x);
    expect(caught(() => g.input('x', 'f32', [])).code).toBe('graph/invalid');
    expect(caught(() => g.output('y', x)).code).toBe('graph/invalid');
  });
});

test('numbers take the dtype of the operand beside them', () => {
  const g = new GraphBuilder('t');
  const y = g.sub(1, g.input('x', 'f64', ['N']));
  expect(formatType(y)).toBe('f64 [N]');
  expect(formatType(g.where(g.greater(y, 0), y, 0))).toBe('f64 [N]');
});

test('fused rows return their outputs by name', () => {
  const g = new GraphBuilder('t');
  const { y, rstd } = g.rmsNorm(g.input('x', 'f32', ['N', 8]), g.input('w', 'f32', [8]), {
    eps: 1e-6,
  });
  expect([formatType(y), formatType(rstd)]).toEqual(['f32 [N,8]', 'f32 [N]']);
});

describe('simplify', () => {
  test('drops what no output needs and computes equal nodes once', () => {
    const g = new GraphBuilder('t');
    const x = g.input('x', 'f32', ['N']);
    g.exp(g.neg(x));
    g.output('y', g.add(g.mul(x, 2), g.mul(x, 2)));
    const graph = simplify(g.finish());
    expect(graph.nodes.map((node) => node.op)).toEqual(['mul', 'add']);
    expect(graph.constants).toHaveLength(1);
  });
});

describe('verify', () => {
  const g = new GraphBuilder('t');
  const x = g.input('x', 'f32', [2]);
  g.output('y', g.exp(g.neg(x)));
  const graph = g.finish();
  const [neg, exp] = graph.nodes;
  if (neg === undefined || exp === undefined) throw new Error('two nodes were built');

  test.each<[string, Graph, string]>([
    [
      'order',
      { ...graph, nodes: [exp, neg] },
      '[exp] input 0 (f32 [2]) is not made before it is read',
    ],
    ['twice', { ...graph, nodes: [neg, neg, exp] }, '[neg] makes value 1 a second time'],
    [
      'type',
      { ...graph, nodes: [neg, { ...exp, outputs: [{ id: 9, dtype: 'f64', shape: [2] }] }] },
      '[exp] output 0 is not of the type that its row infers',
    ],
    ['output', { ...graph, nodes: [neg] }, "output 'y' is not a value of this graph"],
    ['op', { ...graph, nodes: [{ ...neg, op: 'toString' }] }, "no op called 'toString'"],
  ])('%s', (_, broken, message) => {
    const error = caught(() => verify(broken));
    expect(error.code).toBe('graph/invalid');
    expect(error.message).toContain(message);
  });
});
