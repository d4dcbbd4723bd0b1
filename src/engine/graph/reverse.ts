/**
 * The reverse walk of automatic differentiation: from the gradients of some values back to those of
 * others, by the `vjp` of each row. It builds the gradient nodes into the same builder.
 */
import { LabError } from '../../shared/errors.ts';
import { rowOf } from './ops/index.ts';
import type { Scope } from './ops/op.ts';
import type { Node, Value } from './value.ts';

export interface ReverseOptions {
  /** In running order; the walk takes them from the back. */
  readonly nodes: readonly Node[];
  /** Gradients that the walk starts from, by the id of their value. */
  readonly seeds: ReadonlyMap<number, Value>;
  readonly wrt: readonly Value[];
  /** Runs a rule on behalf of a forward node, so that errors name that node's source line. */
  readonly onBehalfOf: <T>(node: Node, rule: () => T) => T;
}

/** @returns gradients by value id; a `wrt` that nothing reaches is absent */
export function reverse(g: Scope, options: ReverseOptions): Map<number, Value> {
  const { nodes, seeds, wrt, onBehalfOf } = options;
  const wanted = dependents(nodes, wrt);
  const grads = new Map(seeds);
  for (const node of nodes.toReversed()) {
    const outGrads = node.outputs.map((value) => grads.get(value.id) ?? null);
    const flows = outGrads.some((grad) => grad !== null);
    if (!flows || !node.inputs.some((value) => wanted.has(value.id))) continue;
    onBehalfOf(node, () => {
      for (const [i, grad] of inputGrads(g, node, outGrads).entries()) {
        const input = node.inputs[i];
        if (grad === null || input === undefined || !wanted.has(input.id)) continue;
        const sofar = grads.get(input.id);
        grads.set(input.id, sofar === undefined ? grad : g.add(sofar, grad));
      }
    });
  }
  return grads;
}

/** Ids of the values that depend on one of `wrt`, those included. */
function dependents(nodes: readonly Node[], wrt: readonly Value[]): Set<number> {
  const ids = new Set(wrt.map((value) => value.id));
  for (const node of nodes) {
    if (node.inputs.some((value) => ids.has(value.id))) {
      for (const value of node.outputs) ids.add(value.id);
    }
  }
  return ids;
}

function inputGrads(
  g: Scope,
  node: Node,
  outGrads: readonly (Value | null)[],
): readonly (Value | null)[] {
  const { vjp } = rowOf(node.op);
  if (typeof vjp !== 'function') {
    throw new LabError('graph/no-gradient', `[${node.op}] has no gradient: ${vjp.none}`, {
      hint: 'use stopGradient on its inputs if none is meant',
      details: { source: node.source },
    });
  }
  const grads = vjp(g, node, outGrads);
  if (grads.length < node.inputs.length) {
    throw new LabError(
      'graph/invalid',
      `[${node.op}] vjp returned ${grads.length} gradients for ${node.inputs.length} inputs`,
    );
  }
  return grads;
}
