/** The bytes of a model: fields as Protocol Buffers encode them, names and sizes as the graph has them. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/builder.ts';
import { Message } from '../../../src/engine/graph/onnx/proto.ts';
import { toOnnx } from '../../../src/engine/graph/onnx/write.ts';
import { compile, testRuntime } from '../../oracle/run-graph.ts';

describe('Message', () => {
  test('varints, as in the encoding guide', () => {
    expect([...new Message().int(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new Message().int(1, 0).finish()]).toEqual([0x08, 0]);
    expect([...new Message().int(1, 127).finish()]).toEqual([0x08, 127]);
    expect([...new Message().int(1, 2 ** 31).finish()]).toEqual([
      0x08, 0x80, 0x80, 0x80, 0x80, 0x08,
    ]);
  });
  test('negative numbers take ten bytes', () => {
    const bytes = [...new Message().int(3, -2).finish()];
    expect(bytes).toEqual([0x18, 0xfe, ...Array(8).fill(0xff), 0x01]);
  });
  test('strings, floats, nested messages and tags above 15', () => {
    expect([...new Message().string(2, 'testing').finish()]).toEqual([
      0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
    ]);
    expect([...new Message().float(2, 1).finish()]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
    expect([...new Message().message(3, new Message().int(1, 150)).finish()]).toEqual([
      0x1a, 3, 0x08, 0x96, 0x01,
    ]);
    expect([...new Message().int(20, 1).finish()]).toEqual([0xa0, 0x01, 1]);
  });
});

test('the session sees names, dtypes and symbolic sizes', () => {
  const g = new GraphBuilder('t');
  const x = g.input('tokens', 'f32', ['N', 3]);
  g.output('y', g.sum(x, { axes: [0] }));
  const graph = g.finish();
  const program = testRuntime().compile(graph);
  expect(program.inputs).toEqual([{ name: 'tokens', dtype: 'f32', shape: ['N', 3] }]);
  expect(program.outputs).toEqual([{ name: 'y', dtype: 'f32', shape: [3] }]);
  const text = new TextDecoder('latin1').decode(toOnnx(graph));
  for (const word of ['tokens', 'N', 'rationale', 'onnx.test.ts']) expect(text).toContain(word);
});

test('an output may be an input, a constant, or the same value twice', () => {
  const g = new GraphBuilder('t');
  const x = g.input('x', 'f32', ['N']);
  const y = g.neg(x);
  g.output('same', x);
  g.output('table', g.constant([1, 2, 3]));
  g.output('first', y);
  g.output('second', y);
  const input = { dtype: 'f32' as const, shape: [2], data: [5, -7] };
  const results = compile(g.finish()).run([input], [[2], [3], [2], [2]]);
  expect(results.map(({ data }) => data)).toEqual([
    [5, -7],
    [1, 2, 3],
    [-5, 7],
    [-5, 7],
  ]);
});

test('constants of every dtype', () => {
  const g = new GraphBuilder('t');
  const dtypes = ['f32', 'f64', 'i32', 'i64', 'u8', 'bool'] as const;
  for (const dtype of dtypes) g.output(dtype, g.constant([0, 1], { dtype, shape: [2, 1] }));
  g.output('half', g.cast(g.constant([0.5, -2], { dtype: 'f16' }), 'f32'));
  const results = compile(g.finish()).run([]);
  expect(results.map(({ data }) => data)).toEqual([...dtypes.map(() => [0, 1]), [0.5, -2]]);
});

test('equal graphs give equal bytes', () => {
  const build = () => {
    const g = new GraphBuilder('t');
    g.output('y', g.softplus(g.input('x', 'f32', ['N'])));
    return toOnnx(g.finish());
  };
  expect(build()).toEqual(build());
});
