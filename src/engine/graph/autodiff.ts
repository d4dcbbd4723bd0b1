/**
 * Gradients of a finished graph: one graph that also computes d(loss)/d(input), for objectives,
 * whose loss and gradient are always wanted together. Models are split instead: `partition.ts`.
 */
import { LabError } from '../../shared/errors.ts';
import { GraphBuilder } from './builder.ts';
import { simplify } from './rewrite.ts';
import { elements } from './shape.ts';
import { formatShape, type Graph, type NamedValue, type Value, valueNamed } from './value.ts';

/**
 * @param options.loss name of an output with one element
 * @param options.wrt names of float inputs
 * @returns the graph with one more output `grad/<input>` per name, of that input's type
 */
export function differentiate(
  graph: Graph,
  options: { readonly loss: string; readonly wrt: readonly string[] },
): Graph {
  const g = GraphBuilder.resume(graph);
  const loss = named(graph, 'outputs', options.loss);
  if (elements(loss.shape) !== 1) {
    throw new LabError(
      'graph/shape-mismatch',
      `loss '${options.loss}' must have one element: got ${formatShape(loss.shape)}`,
    );
  }
  const wrt = options.wrt.map((name) => named(graph, 'inputs', name));
  const grads = g.pullback(wrt, [loss], [g.expandLike(1, loss)]);
  for (const [i, grad] of grads.entries()) g.output(`grad/${options.wrt[i]}`, grad);
  return simplify(g.finish());
}

/** @throws LabError `graph/invalid` listing the names that exist */
export function named(graph: Graph, side: 'inputs' | 'outputs', name: string): Value {
  const list: readonly NamedValue[] = graph[side];
  const value = valueNamed(list, name);
  if (value === undefined) {
    throw new LabError(
      'graph/invalid',
      `graph '${graph.name}' has no ${side.slice(0, -1)} '${name}'`,
      { hint: `it has: ${list.map((entry) => entry.name).join(', ')}` },
    );
  }
  return value;
}
