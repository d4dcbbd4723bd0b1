/**
 * ONNX Runtime has one environment per process. When onnxruntime-node made it first, without a
 * global thread pool, our sessions must still work.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/engine/graph/builder.ts';
import { toOnnx } from '../../src/engine/graph/onnx/write.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';

it('works after onnxruntime-node in the same process', async () => {
  const g = new GraphBuilder('doubling');
  const x = g.input('x', 'f32', ['N']);
  g.output('y', g.add(x, x));
  const graph = g.finish();
  const other = await InferenceSession.create(toOnnx(graph));
  const theirs = await other.run({ x: new Tensor('float32', new Float32Array([4]), [1]) });
  expect(theirs['y']?.data).toEqual(new Float32Array([8]));

  const runtime = Runtime.open({ threads: 2 });
  const y = runtime.tensor('f32', [1]);
  const input = runtime.tensor('f32', [1], new Float32Array([3]));
  await runtime.run([runtime.compile(graph).bind({ x: input }, { y })]);
  expect(runtime.read(y)).toEqual(new Float32Array([6]));
});
