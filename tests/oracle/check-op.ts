/**
 * Checks one row of the op table from its examples, in f32 and f64:
 * forward against a naive loop, dtype and shape against ONNX Runtime (fixed and symbolic sizes),
 * gradients against central differences in f64. Fused rows run as their composites here;
 * `check-fused.ts` compares the kernels with these.
 */
import { expect } from 'vitest';
import { differentiate } from '../../src/engine/graph/autodiff.ts';
import { GraphBuilder } from '../../src/engine/graph/builder.ts';
import { lower } from '../../src/engine/graph/lower.ts';
import { rowOf } from '../../src/engine/graph/ops/index.ts';
import type { Example, Sample } from '../../src/engine/graph/ops/op.ts';
import {
  type Attrs,
  type Dim,
  type DType,
  type Graph,
  isFloat,
  type Value,
} from '../../src/engine/graph/value.ts';
import { slopes } from './finite-difference.ts';
import { naive } from './naive.ts';
import { naiveFused } from './naive-fused.ts';
import { type Nd, random, total } from './nd.ts';
import { compileOrdinary } from './run-graph.ts';

export type OpExample = Example<Attrs>;

/** Outputs that are kept for reading: a gradient that arrives at one is refused. */
export const READ_ONLY: Readonly<Record<string, readonly number[]>> = {
  rmsNorm: [1],
  addRmsNorm: [2],
  attention: [1, 2],
  tokenLogprob: [2],
};

/** Float inputs that are constants to the reverse rule although the output depends on them. */
const NOT_LEARNED: Readonly<Record<string, readonly number[]>> = {
  attention: [1, 2],
  tokenLogprob: [3],
  stopGradient: [0],
};

const DEFAULT = { step: 1e-5, slope: 1e-7, f64: 1e-11 };
/** Erf runs in f32 even in f64 graphs, so its differences need a long step. */
const PRECISION: Readonly<Record<string, typeof DEFAULT>> = {
  erf: { step: 2e-2, slope: 3e-4, f64: 1e-6 },
};
const F32 = 2e-5;

/** Fills the samples of an example; the same seed gives the same numbers. */
export function fill(samples: readonly Sample[], float: DType, seed = 1): Nd[] {
  const { uniform, normal } = random(seed);
  const rounded = (value: number) => (float === 'f64' ? value : Math.fround(value));
  return samples.map(({ dtype, shape, range, values, whole }) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const [low, high] = range ?? [0, 0];
    const draw = () => (range === undefined ? normal() : low + (high - low) * uniform());
    const data = values ?? Array.from({ length: size }, draw);
    return {
      dtype: dtype === 'float' ? float : dtype,
      shape,
      data: data.map((value) => rounded(whole === true ? Math.floor(value) : value)),
    };
  });
}

/** A graph of one node. `rename` may turn fixed sizes into symbolic ones. */
export function graphOf(
  op: string,
  inputs: readonly Nd[],
  attrs: Attrs,
  rename: (shape: readonly number[]) => readonly Dim[] = (shape) => shape,
): Graph {
  const g = new GraphBuilder(op);
  const values = inputs.map(({ dtype, shape }, i) => g.input(`in${i}`, dtype, rename(shape)));
  for (const [i, value] of g.apply(op, values, attrs).entries()) g.output(`out${i}`, value);
  return g.finish();
}

export function checkForward(op: string, example: OpExample, float: 'f32' | 'f64') {
  const { f64 } = PRECISION[op] ?? DEFAULT;
  const inputs = fill(example.inputs, float);
  const attrs = example.attrs ?? {};
  const graph = graphOf(op, inputs, attrs);
  const outputs = compileOrdinary(graph).run(inputs);
  for (const [i, output] of outputs.entries()) {
    const { dtype, shape } = graph.outputs[i]?.value ?? {};
    expect({ dtype: output.dtype, shape: output.shape }, `${op} output ${i}`).toEqual({
      dtype,
      shape,
    });
  }
  const expected = (naive[op] ?? naiveFused[op])?.(inputs, attrs) ?? [];
  for (const [i, { data }] of expected.entries()) {
    expectClose(outputs[i]?.data ?? [], data, float === 'f64' ? f64 : F32, `${op} output ${i}`);
  }
  return { inputs, outputs };
}

/**
 * The same node with its first size symbolic wherever it occurs: same outputs, same gradients.
 * @returns false where the example has no such size or its attributes forbid one
 */
export function checkSymbolic(op: string, example: OpExample): boolean {
  const inputs = fill(example.inputs, 'f32');
  const size = inputs[0]?.shape[0];
  if (size === undefined || size < 2) return false;
  const attrs = example.attrs ?? {};
  let symbolic: Graph;
  try {
    symbolic = graphOf(op, inputs, attrs, (shape) => shape.map((d) => (d === size ? 'N' : d)));
  } catch {
    return false;
  }
  const fixed = withSquaredLoss(op, graphOf(op, inputs, attrs));
  const shapes = fixed.outputs.map(({ value }) => value.shape.map(Number));
  const expected = compileOrdinary(fixed).run(inputs);
  const actual = compileOrdinary(withSquaredLoss(op, symbolic)).run(inputs, shapes);
  for (const [i, { data }] of expected.entries()) {
    expectClose(actual[i]?.data ?? [], data, 1e-6, `${op} symbolic ${fixed.outputs[i]?.name}`);
  }
  return true;
}

/** Adds the gradients of the sum of all squared outputs, where the row has any. */
function withSquaredLoss(op: string, graph: Graph): Graph {
  const outputs = learnable(op, graph);
  const wrt = graph.inputs.filter(({ value }) => isFloat(value.dtype)).map(({ name }) => name);
  if (typeof rowOf(op).vjp !== 'function' || outputs.length === 0 || wrt.length === 0) return graph;
  const g = GraphBuilder.resume(graph);
  const [first, ...rest] = outputs.map((value) => g.sum(g.mul(value, value)));
  if (first === undefined) return graph;
  g.output(
    'loss',
    rest.reduce((sum, term) => g.add(sum, term), first),
  );
  return differentiate(g.finish(), { loss: 'loss', wrt });
}

/** The outputs that may receive a gradient. */
function learnable(op: string, graph: Graph): Value[] {
  return graph.outputs.flatMap(({ value }, i) =>
    isFloat(value.dtype) && READ_ONLY[op]?.includes(i) !== true ? [value] : [],
  );
}

/** @returns how many slopes were compared */
export function checkGradient(op: string, example: OpExample): number {
  const row = rowOf(op);
  const inputs = fill(example.inputs, 'f64', 2);
  const attrs = example.attrs ?? {};
  if (typeof row.vjp !== 'function') return 0;
  const fixed = [...(row.shapeOnly ?? []), ...(NOT_LEARNED[op] ?? [])];
  const learned = inputs.flatMap((x, i) => (isFloat(x.dtype) && !fixed.includes(i) ? [i] : []));
  const graph = scalarLoss(op, graphOf(op, inputs, attrs));
  if (learned.length === 0 || graph === undefined) return 0;

  const wrt = learned.map((i) => `in${i}`);
  const { step, slope } = PRECISION[op] ?? DEFAULT;
  const ordinary = lower(graph, { capabilities: 'none' });
  const forward = compileOrdinary(ordinary);
  // The rule of the row itself, then (fused rows) what the rules of its composite derive.
  const derived = [differentiate(graph, { loss: 'loss', wrt })];
  if (row.fused !== undefined) derived.push(differentiate(ordinary, { loss: 'loss', wrt }));
  const loss = (at: readonly Nd[]) => forward.run(at)[0]?.data[0] ?? Number.NaN;
  let compared = 0;
  for (const candidate of derived) {
    const [, ...grads] = compileOrdinary(candidate).run(inputs);
    for (const [i, which] of learned.entries()) {
      const grad = grads[i];
      if (grad === undefined) throw new Error(`no gradient of input ${which}`);
      expect(grad.shape, `gradient of ${op} input ${which}`).toEqual(inputs[which]?.shape);
      for (const { where, expected, actual } of slopes(loss, inputs, which, grad, step)) {
        expectClose([actual], [expected], slope, `d ${op} / d ${where}`);
        compared += 1;
      }
    }
  }
  return compared;
}

/** Adds loss = sum over the float outputs of output * fixed random weights, as the only output. */
export function scalarLoss(op: string, graph: Graph): Graph | undefined {
  const g = GraphBuilder.resume(graph);
  const { normal } = random(3);
  const terms = learnable(op, graph).map((value) => {
    const shape = value.shape.map(Number);
    const weights = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal);
    return g.sum(g.mul(g.cast(value, 'f64'), g.constant(weights, { dtype: 'f64', shape })));
  });
  const [first, ...rest] = terms;
  if (first === undefined) return undefined;
  g.outputs.length = 0;
  g.output(
    'loss',
    rest.reduce((sum, term) => g.add(sum, term), first),
  );
  return g.finish();
}

/** |actual - expected| <= tolerance * max(1, largest |expected|); infinities and NaN must agree. */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: number of elements`).toBe(expected.length);
  const finite = expected.filter(Number.isFinite).map(Math.abs);
  const allowed = tolerance * Math.max(1, ...finite);
  const wrong = expected.findIndex((e, i) => {
    const a = actual[i] ?? Number.NaN;
    return !(Object.is(a, e) || a === e || Math.abs(a - e) <= allowed);
  });
  if (wrong >= 0) {
    expect.fail(
      `${what}: element ${wrong} of ${expected.length} is ${actual[wrong]}, expected ${expected[wrong]} (allowed ${allowed}, mean |expected| ${total(finite) / finite.length})`,
    );
  }
}
