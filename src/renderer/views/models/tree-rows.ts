/**
 * The family tree as rows of a table: nodes and what is folded come in, visible rows with their depth
 * go out. Checkpoints of one run stand below a row of that run.
 */
import type { ModelNode } from '../../../shared/model/model.ts';

export interface ModelRow {
  readonly kind: 'model';
  readonly key: string;
  readonly depth: number;
  readonly node: ModelNode;
  /** It stands below the row of its run. */
  readonly isBelowRun: boolean;
  /** undefined = it has nothing below it. */
  readonly isOpen: boolean | undefined;
}

export interface RunRow {
  readonly kind: 'run';
  readonly key: string;
  readonly depth: number;
  readonly run: string;
  readonly name: string;
  readonly checkpoints: readonly ModelNode[];
  readonly isOpen: boolean;
}

export type TreeRow = ModelRow | RunRow;

/** Rows from the bases down. */
export function treeRows(nodes: readonly ModelNode[], folded: ReadonlySet<string>): TreeRow[] {
  const children = Map.groupBy(nodes, ({ parent }) => parent);
  const rows: TreeRow[] = [];
  const addAll = (below: readonly ModelNode[], depth: number): void => {
    const runs = Map.groupBy(below, ({ run }) => run);
    for (const [run, checkpoints] of runs) {
      const [first] = checkpoints;
      if (run === null || first === undefined || checkpoints.length === 1) {
        for (const node of checkpoints) addModel(node, depth);
        continue;
      }
      const key = `run ${run}`;
      const isOpen = !folded.has(key);
      const name = first.runName ?? run;
      rows.push({ kind: 'run', key, depth, run, name, checkpoints, isOpen });
      if (isOpen) for (const node of checkpoints) addModel(node, depth + 1, true);
    }
  };
  const addModel = (node: ModelNode, depth: number, isBelowRun = false): void => {
    const below = children.get(node.id) ?? [];
    const isOpen = below.length === 0 ? undefined : !folded.has(node.id);
    rows.push({ kind: 'model', key: node.id, depth, node, isBelowRun, isOpen });
    if (isOpen === true) addAll(below, depth + 1);
  };
  addAll(children.get(null) ?? [], 0);
  return rows;
}

export type ModelFilter = 'all' | 'bases' | 'pinned' | 'problems' | 'exports' | `run ${string}`;

/** Nodes that fit, without their lineage: a filtered list is flat. */
export function filterModels(
  nodes: readonly ModelNode[],
  filter: ModelFilter,
  search: string,
): readonly ModelNode[] {
  const words = search.toLowerCase().trim();
  return nodes.filter((node) => fits(node, filter) && node.name.toLowerCase().includes(words));
}

function fits(node: ModelNode, filter: ModelFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'bases':
      return node.run === null && node.kind !== 'export';
    case 'pinned':
      return node.isPinned;
    case 'problems':
      return node.problems.length > 0;
    case 'exports':
      return node.kind === 'export';
    default:
      return `run ${node.run ?? ''}` === filter;
  }
}
