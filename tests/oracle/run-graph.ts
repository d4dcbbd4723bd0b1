/** Runs a graph of ordinary ops in ONNX Runtime's own CPU kernels: the ground under the oracles. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { toOnnx } from '../../src/engine/graph/onnx/write.ts';
import { type DType, type Graph, tensorData, usesF64 } from '../../src/engine/graph/value.ts';
import type { Nd } from './nd.ts';

const ORT_TYPE = {
  f32: 'float32',
  f64: 'float64',
  i32: 'int32',
  i64: 'int64',
  u8: 'uint8',
  bool: 'bool',
} as const;
const DTYPE = Object.fromEntries(Object.entries(ORT_TYPE).map(([ours, theirs]) => [theirs, ours]));

export interface Runner {
  run(inputs: readonly Nd[]): Promise<Nd[]>;
}

/** Inputs and outputs in the graph's order. */
export async function compile(graph: Graph): Promise<Runner> {
  const session = await InferenceSession.create(toOnnx(graph), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    // In f64 ONNX Runtime fuses x * sigmoid(x) into an op that it has in f32 only.
    graphOptimizationLevel: usesF64(graph) ? 'basic' : 'all',
  });
  return {
    async run(inputs) {
      const feeds = graph.inputs.map(({ name }, i) => {
        const { dtype, shape, data } = inputs[i] ?? { dtype: 'f32', shape: [0], data: [] };
        if (!(dtype in ORT_TYPE)) throw new Error(`the oracle does not run ${dtype}`);
        const type = ORT_TYPE[dtype as keyof typeof ORT_TYPE]; // as: just tested
        return [
          name,
          new Tensor(type as 'float32', tensorData(data, dtype) as Float32Array, shape),
        ]; // as: Tensor is overloaded per type
      });
      const results = await session.run(Object.fromEntries(feeds));
      return graph.outputs.map(({ name }) => {
        const result = results[name];
        if (result === undefined) throw new Error(`no output ${name}`);
        return {
          dtype: DTYPE[result.type] as DType, // as: one of the keys above
          shape: result.dims,
          data: Array.from(result.data as ArrayLike<number | bigint>, Number), // as: no string tensors here
        };
      });
    },
  };
}
