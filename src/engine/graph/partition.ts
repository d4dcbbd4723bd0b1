/**
 * Splits a model block for training: a forward graph, and a backward graph that turns gradients of
 * outputs into gradients of inputs. What the backward graph needs of the forward one is either
 * handed over (a residual: memory) or computed again from what is at hand (time).
 *
 * forward:  graph inputs -> graph outputs + residuals
 * backward: graph inputs and residuals that it reads + `grad/<output>` -> `grad/<input>`
 */
import { named } from './autodiff.ts';
import { GraphBuilder } from './builder.ts';
import { rowOf } from './ops/index.ts';
import { liveNodes, simplify } from './rewrite.ts';
import { sameShape } from './shape.ts';
import type { Dim, DType, Graph, NamedValue, Node, Value } from './value.ts';

export type Recompute = 'none' | 'cheap' | 'all';

export interface PartitionOptions {
  /** Names of the float inputs whose gradients are wanted. */
  readonly wrt: readonly string[];
  /** Names of the outputs that receive a gradient. */
  readonly seeds: readonly string[];
  /**
   * `none` hands over all that is needed; `cheap` recomputes rows marked cheap where their inputs
   * are at hand anyway; `all` hands over nothing and recomputes from the graph inputs.
   */
  readonly recompute: Recompute;
}

/**
 * A value that the forward graph hands to the backward one. Where the value is a graph output it
 * has that output's name and is not listed among the forward outputs a second time.
 */
export interface ResidualSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

export interface Partition {
  readonly forward: Graph;
  readonly backward: Graph;
  readonly residuals: readonly ResidualSpec[];
}

/**
 * @throws LabError `graph/invalid` for a name that the graph does not have, `graph/no-gradient`
 * where a gradient meets an op that has none
 */
export function partition(graph: Graph, options: PartitionOptions): Partition {
  const forward = simplify(graph);
  const joint = withGradients(forward, options);
  const saved = chooseSaved(forward, backwardNodes(forward, joint), options.recompute);
  const residuals = saved.map((value, i) => ({ name: residualName(forward, value, i), value }));
  return {
    forward: withOutputs(forward, residuals),
    backward: cut(joint, residuals),
    residuals: residuals.map(({ name, value: { dtype, shape } }) => ({ name, dtype, shape })),
  };
}

/** The forward graph with `grad/<output>` inputs; its only outputs are `grad/<input>`. */
function withGradients(forward: Graph, { wrt, seeds }: PartitionOptions): Graph {
  const g = GraphBuilder.resume(forward, `${forward.name}/backward`);
  g.outputs.length = 0;
  const targets = wrt.map((name) => named(forward, 'inputs', name));
  const sources = seeds.map((name) => named(forward, 'outputs', name));
  const seedGrads = sources.map(({ dtype, shape }, i) => g.input(`grad/${seeds[i]}`, dtype, shape));
  const grads = g.pullback(targets, sources, seedGrads);
  for (const [i, grad] of grads.entries()) g.output(`grad/${wrt[i]}`, grad);
  return shareShapes(forward, g.finish());
}

/** Reads of a mere shape look at an input of that shape, so that no value is kept for its shape. */
function shareShapes(forward: Graph, joint: Graph): Graph {
  const isForward = new Set(forward.nodes);
  const swap = (value: Value) =>
    joint.inputs.find((input) => sameShape(input.value.shape, value.shape))?.value ?? value;
  const nodes = joint.nodes.map((node) => {
    const reads = rowOf(node.op).shapeOnly;
    if (isForward.has(node) || reads === undefined) return node;
    return { ...node, inputs: node.inputs.map((v, i) => (reads.includes(i) ? swap(v) : v)) };
  });
  return { ...joint, nodes };
}

/** What the joint graph computes for gradients alone. */
function backwardNodes(forward: Graph, joint: Graph): Node[] {
  const live = liveNodes(
    joint.nodes,
    joint.outputs.map((output) => output.value),
  );
  const early = new Set(forward.nodes);
  return joint.nodes.filter((node) => live.has(node) && !early.has(node));
}

/** The forward values to hand over so that the nodes of the backward part can run. */
function chooseSaved(forward: Graph, late: readonly Node[], recompute: Recompute): Value[] {
  if (recompute === 'all') return [];
  const made = forward.nodes.flatMap((node) => node.outputs);
  const read = new Set(late.flatMap((node) => node.inputs.map((value) => value.id)));
  const needed = new Set(made.filter(({ id }) => read.has(id)).map(({ id }) => id));
  if (recompute === 'none') return made.filter(({ id }) => needed.has(id));

  // One value more may replace several from which they all follow cheaply: keep those that pay.
  const size = (at: ReadonlySet<number>) =>
    irreplaceable(forward, at).reduce((sum, value) => sum + weight(value), 0);
  for (const { id } of made) {
    const more = new Set([...needed, id]);
    if (!needed.has(id) && size(more) < size(needed)) needed.add(id);
  }
  return irreplaceable(forward, needed);
}

/** Those of some forward values that cheap nodes cannot make from the others and the inputs. */
function irreplaceable(forward: Graph, needed: ReadonlySet<number>): Value[] {
  const atHand = new Set([...forward.inputs, ...forward.constants].map(({ value }) => value.id));
  const saved: Value[] = [];
  for (const node of forward.nodes) {
    const isFree =
      rowOf(node.op).cheap === true &&
      node.inputs.every(({ id }) => atHand.has(id) || needed.has(id));
    for (const value of node.outputs) {
      if (isFree) atHand.add(value.id);
      else if (needed.has(value.id)) saved.push(value);
    }
  }
  return saved;
}

/** Elements, where a symbolic size counts as many: good enough to compare residuals with. */
function weight({ shape }: Value): number {
  const MANY = 1024;
  return shape.reduce<number>((n, dim) => n * (typeof dim === 'number' ? dim : MANY), 1);
}

function residualName(forward: Graph, value: Value, i: number): string {
  const output = forward.outputs.find((entry) => entry.value.id === value.id);
  if (output !== undefined) return output.name;
  const node = forward.nodes.find((candidate) => candidate.outputs.includes(value));
  if (node === undefined) return `residual/${i}`;
  const { outputs } = rowOf(node.op);
  const part = Array.isArray(outputs) ? `.${outputs[node.outputs.indexOf(value)]}` : '';
  return `residual/${i}.${node.op}${part}`;
}

function withOutputs(forward: Graph, residuals: readonly NamedValue[]): Graph {
  const names = new Set(forward.outputs.map((output) => output.name));
  const added = residuals.filter(({ name }) => !names.has(name));
  return simplify({
    ...forward,
    name: `${forward.name}/forward`,
    outputs: [...forward.outputs, ...added],
  });
}

/**
 * The joint graph with residuals as inputs: what made them, and inputs that nobody reads, drop out.
 * They get ids of their own here, as a node may have one output handed over and another recomputed.
 */
function cut(joint: Graph, residuals: readonly NamedValue[]): Graph {
  const last = Math.max(
    ...joint.nodes.flatMap((node) => node.outputs.map((value) => value.id)),
    ...[...joint.inputs, ...joint.constants].map(({ value }) => value.id),
  );
  const given = new Map(
    residuals.map(({ value }, i) => [value.id, { ...value, id: last + 1 + i }]),
  );
  const at = (value: Value): Value => given.get(value.id) ?? value;
  const nodes = joint.nodes.map((node) => ({ ...node, inputs: node.inputs.map(at) }));
  const outputs = joint.outputs.map(({ name, value }) => ({ name, value: at(value) }));
  const added = residuals.map(({ name, value }) => ({ name, value: at(value) }));
  const live = liveNodes(
    nodes,
    outputs.map((output) => output.value),
  );
  const read = new Set(
    [...[...live].flatMap((node) => node.inputs), ...outputs.map((o) => o.value)].map((v) => v.id),
  );
  const inputs = [...joint.inputs, ...added].filter(({ value }) => read.has(value.id));
  return simplify({ ...joint, nodes, outputs, inputs });
}
