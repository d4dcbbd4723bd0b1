/**
 * Puts the composite of a fused op in its place where no kernel will run it: because the device has
 * none, or because the tensors are f64, which only the oracles use.
 */
import { LabError } from '../../shared/errors.ts';
import { rowOf } from './ops/index.ts';
import { rewrite } from './rewrite.ts';
import type { Graph, Node } from './value.ts';

export interface LowerOptions {
  /** Fused types that have a kernel, by their ONNX name (`RmsNorm`), or that there are none. */
  readonly capabilities: ReadonlySet<string> | 'none';
}

/** @throws LabError `native/unsupported` for a fused op without kernel and without composite */
export function lower(graph: Graph, { capabilities }: LowerOptions): Graph {
  const keeps = (node: Node, fused: string) =>
    capabilities !== 'none' &&
    capabilities.has(fused) &&
    ![...node.inputs, ...node.outputs].some((value) => value.dtype === 'f64');

  return rewrite(graph, {
    replace(g, node, inputs) {
      const { fused, composite } = rowOf(node.op);
      if (fused === undefined || keeps(node, fused)) return undefined;
      if (typeof composite !== 'function') {
        throw new LabError('native/unsupported', `[${node.op}] needs the kernel '${fused}'`, {
          hint: composite?.none,
          details: { source: node.source },
        });
      }
      return composite(g, inputs, node.attrs);
    },
  });
}
