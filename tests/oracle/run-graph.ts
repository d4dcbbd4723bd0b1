/** Runs a graph on the engine's runtime, arrays in and arrays out: the ground under the oracles. */
import { lower } from '../../src/engine/graph/lower.ts';
import { type DType, type Graph, tensorData } from '../../src/engine/graph/value.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';
import type { Nd } from './nd.ts';

export interface Runner {
  /** @param shapes of the outputs, where the graph has symbolic ones */
  run(inputs: readonly Nd[], shapes?: readonly (readonly number[])[]): Nd[];
}

const opened: { cpu?: Runtime; cuda?: Runtime } = {};
function open(device: 'cpu' | 'cuda'): Runtime {
  opened[device] ??= Runtime.open({ threads: 2, device });
  return opened[device];
}

/**
 * The runtime under test, one per test file: its pool of two threads is the process's. The environment
 * variable RATIONALE_TEST_DEVICE=cuda puts it on the GPU.
 */
export function testRuntime(): Runtime {
  return open(process.env['RATIONALE_TEST_DEVICE'] === 'cuda' ? 'cuda' : 'cpu');
}

/** With every fused op replaced by its composite; always on the CPU, which has every op in f64. */
export function compileOrdinary(graph: Graph): Runner {
  return compile(lower(graph, { capabilities: 'none' }), open('cpu'));
}

/** Inputs and outputs in the graph's order. ONNX Runtime refuses outputs of another shape. */
export function compile(graph: Graph, runtime: Runtime = testRuntime()): Runner {
  const program = runtime.compile(graph);
  const toTensor = ({ dtype, shape, data }: Nd) =>
    runtime.tensor<DType>(dtype, shape, tensorData(data, dtype) as Float32Array<ArrayBuffer>); // as: the dtype's own array
  return {
    run(inputs, shapes) {
      const bound = graph.inputs.map(({ name }, i) => {
        const input = inputs[i];
        if (input === undefined) throw new Error(`no array for input ${name}`);
        return [name, toTensor(input)] as const;
      });
      const outputs = graph.outputs.map(({ name, value }, i) => {
        const shape = shapes?.[i] ?? value.shape.map(Number);
        return [name, runtime.tensor(value.dtype, shape)] as const;
      });
      runtime.runSync([program.bind(Object.fromEntries(bound), Object.fromEntries(outputs))]);
      const results = outputs.map(([, tensor]) => ({
        dtype: tensor.dtype,
        shape: tensor.shape,
        data: Array.from(runtime.read(tensor) as ArrayLike<number | bigint>, Number), // as: any host array
      }));
      for (const [, tensor] of [...bound, ...outputs]) tensor.dispose();
      return results;
    },
  };
}
