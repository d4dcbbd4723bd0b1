/** The machine's own matrix-multiply rate, measured in the same run as what is compared with it. */
import { GraphBuilder } from '../graph/builder.ts';
import type { Runtime } from '../runtime/runtime.ts';

const SIZE = 1024;
const REPEATS = 12;

/** Best rate of a square f32 product, GFLOP/s. */
export async function gemmPeak(runtime: Runtime): Promise<number> {
  const g = new GraphBuilder('gemm-peak');
  const a = g.input('a', 'f32', [SIZE, SIZE]);
  g.output('y', g.matmul(a, g.input('b', 'f32', [SIZE, SIZE])));
  const filled = () => {
    const data = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % 17) / 17 - 0.5);
    return runtime.tensor('f32', [SIZE, SIZE], data);
  };
  const tensors = { a: filled(), b: filled(), y: runtime.tensor('f32', [SIZE, SIZE]) };
  const step = runtime.compile(g.finish()).bind({ a: tensors.a, b: tensors.b }, { y: tensors.y });
  let best = 0;
  for (let i = 0; i < REPEATS; i++) {
    const started = performance.now();
    await runtime.run([step]);
    best = Math.max(best, (2 * SIZE ** 3) / (performance.now() - started) / 1e6);
  }
  for (const tensor of Object.values(tensors)) tensor.dispose();
  return best;
}
