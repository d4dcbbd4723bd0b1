/**
 * Which graphs are legal: values are made once and before they are read, types are what the rows
 * infer, names are unique. Throws `graph/invalid` naming the node and its source line.
 */
import { LabError } from '../../shared/errors.ts';
import { rowOf } from './ops/index.ts';
import { sameShape } from './shape.ts';
import { formatType, type Graph, type Node, type Value } from './value.ts';

export function verify(graph: Graph): void {
  const fail = (problem: string, node?: Node): never => {
    const where = node?.source === undefined ? '' : `\n  at ${node.source}`;
    throw new LabError('graph/invalid', `graph '${graph.name}': ${problem}${where}`);
  };
  const made = new Map<number, Value>();
  const make = (value: Value, what: string, node?: Node) => {
    if (made.has(value.id)) fail(`${what} makes value ${value.id} a second time`, node);
    made.set(value.id, value);
  };

  for (const { name, value } of graph.inputs) make(value, `input '${name}'`);
  for (const { value } of graph.constants) make(value, 'a constant');
  for (const node of graph.nodes) {
    for (const [i, value] of node.inputs.entries()) {
      if (made.get(value.id) !== value) {
        fail(`[${node.op}] input ${i} (${formatType(value)}) is not made before it is read`, node);
      }
    }
    const types = rowOf(node.op).infer(node.inputs, node.attrs);
    if (types.length !== node.outputs.length) fail(`[${node.op}] has too few outputs`, node);
    for (const [i, value] of node.outputs.entries()) {
      const type = types[i];
      if (type?.dtype !== value.dtype || !sameShape(type.shape, value.shape)) {
        fail(`[${node.op}] output ${i} is not of the type that its row infers`, node);
      }
      make(value, `[${node.op}]`, node);
    }
  }
  const names = new Set<string>();
  for (const { name, value } of [...graph.inputs, ...graph.outputs]) {
    if (name === '') fail('an input or output has no name');
    if (names.has(name)) fail(`two inputs or outputs are called '${name}'`);
    if (made.get(value.id) !== value) fail(`output '${name}' is not a value of this graph`);
    names.add(name);
  }
}
