/**
 * Rebuilding graphs: dead nodes leave, nodes that compute the same thing become one, and a caller
 * may put other nodes in the place of some. Input and output names never change.
 */
import { GraphBuilder } from './builder.ts';
import type { Graph, Node, Value } from './value.ts';

export interface RewriteOptions {
  /** Outputs to put in place of a node's, built from the inputs given; undefined keeps the node. */
  readonly replace?: (
    g: GraphBuilder,
    node: Node,
    inputs: readonly Value[],
  ) => readonly Value[] | undefined;
}

/** Removes what no output needs and computes equal nodes once. */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, {});
}

export function rewrite(graph: Graph, { replace }: RewriteOptions): Graph {
  const g = new GraphBuilder(graph.name);
  const moved = new Map<number, Value>();
  const at = (value: Value): Value => {
    const now = moved.get(value.id);
    if (now === undefined) throw new Error(`value ${value.id} is read before it is made`);
    return now;
  };
  const live = liveNodes(
    graph.nodes,
    graph.outputs.map((output) => output.value),
  );
  const used = new Set([...live].flatMap((node) => node.inputs.map((value) => value.id)));
  const known = new Map<string, readonly Value[]>();

  for (const { name, value } of graph.inputs) {
    moved.set(value.id, g.input(name, value.dtype, value.shape));
  }
  for (const { value, data } of graph.constants) {
    const isOutput = graph.outputs.some((output) => output.value.id === value.id);
    if (!used.has(value.id) && !isOutput) continue;
    const shape = value.shape.map(Number);
    moved.set(value.id, g.constant(data, { dtype: value.dtype, shape }));
  }
  for (const node of graph.nodes) {
    if (!live.has(node)) continue;
    const inputs = node.inputs.map(at);
    const key = `${node.op} ${inputs.map((value) => value.id)} ${JSON.stringify(node.attrs)}`;
    const outputs =
      known.get(key) ??
      g.attributed(
        node.source,
        () => replace?.(g, node, inputs) ?? g.apply(node.op, inputs, node.attrs),
      );
    known.set(key, outputs);
    for (const [i, value] of node.outputs.entries()) {
      const output = outputs[i];
      if (output !== undefined) moved.set(value.id, output);
    }
  }
  for (const { name, value } of graph.outputs) g.output(name, at(value));
  return g.finish();
}

/** The nodes that some of `wanted` depend on. */
export function liveNodes(nodes: readonly Node[], wanted: readonly Value[]): Set<Node> {
  const needed = new Set(wanted.map((value) => value.id));
  const live = new Set<Node>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value.id))) continue;
    live.add(node);
    for (const value of node.inputs) needed.add(value.id);
  }
  return live;
}
