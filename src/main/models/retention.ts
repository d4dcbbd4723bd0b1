/**
 * Which checkpoints are kept. A policy comes in; per run, what stays with the reasons and what goes
 * with its bytes go out. Applying moves exactly what the preview showed into the trash, as one entry.
 */

import { z } from 'zod';
import type { ModelNode, RetentionPolicy, RetentionPreview } from '../../shared/model/model.ts';
import { retentionPolicy } from '../../shared/model/model.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import type { DroppedCheckpoints } from './dropped.ts';
import type { ModelRecords } from './records.ts';

export const DEFAULT_POLICY: RetentionPolicy = {
  best: { metric: 'evaluation/accuracy', direction: 'higher', count: 1 },
  last: 3,
  keepNamed: true,
};

export interface RetentionOptions {
  readonly records: ModelRecords;
  readonly nodes: () => readonly ModelNode[];
  /** Runs that are being written, or wait in the queue to go on. */
  readonly isBusy: (run: string) => boolean;
  readonly dropped: DroppedCheckpoints;
  readonly history: History;
  readonly changes: Changes;
}

const policyChange = z.object({ scope: z.string(), policy: retentionPolicy.nullable() });

export class Retention {
  readonly #options: RetentionOptions;

  constructor(options: RetentionOptions) {
    this.#options = options;
    options.history.define('models/policy', (data) => {
      const { scope, policy } = policyChange.parse(data);
      options.records.setPolicy(scope, policy ?? undefined);
      options.changes.touch('models');
    });
  }

  /** The run's own policy, else the workspace's, else what the app starts with. */
  get(run: string | undefined): RetentionPolicy {
    const { records } = this.#options;
    const own = run === undefined ? undefined : records.policy(run);
    return own ?? records.policy('default') ?? DEFAULT_POLICY;
  }

  set(run: string | undefined, policy: RetentionPolicy): RetentionPolicy {
    const { records, history, changes } = this.#options;
    const scope = run ?? 'default';
    const before = records.policy(scope) ?? null;
    records.setPolicy(scope, policy);
    history.record({
      label: 'change the retention policy',
      undo: { kind: 'models/policy', data: { scope, policy: before } },
      redo: { kind: 'models/policy', data: { scope, policy } },
      mergeKey: `models/policy ${scope}`,
    });
    changes.touch('models');
    return policy;
  }

  /** What a policy would do; without one, the policy that is set. */
  preview(run: string | undefined, policy: RetentionPolicy | undefined): RetentionPreview {
    const nodes = this.#options.nodes();
    const parents = new Set(nodes.flatMap(({ parent }) => parent ?? []));
    const runs: RetentionPreview['runs'] = [];
    const skipped: RetentionPreview['skipped'] = [];
    for (const [id, checkpoints] of byRun(nodes, run)) {
      if (this.#options.isBusy(id)) {
        skipped.push({ run: id, reason: 'The run is being written: its checkpoints stay.' });
        continue;
      }
      const decided = decide(checkpoints, policy ?? this.get(id), parents);
      runs.push({ run: id, name: checkpoints[0]?.runName ?? id, ...decided });
    }
    return {
      policy: policy ?? this.get(run),
      runs,
      freedBytes: runs.reduce((sum, { freedBytes }) => sum + freedBytes, 0),
      skipped,
    };
  }

  /** Moves what the set policy drops to the trash: one undo brings all of it back. */
  async apply(run: string | undefined): Promise<{ removed: number; freedBytes: number }> {
    const { runs, freedBytes } = this.preview(run, undefined);
    const ids = runs.flatMap(({ drop }) => drop.map(({ id }) => id));
    if (ids.length === 0) return { removed: 0, freedBytes: 0 };
    await this.#options.dropped.drop(ids);
    return { removed: ids.length, freedBytes };
  }
}

function byRun(
  nodes: readonly ModelNode[],
  only: string | undefined,
): Map<string, readonly ModelNode[]> {
  const runs = new Map<string, ModelNode[]>();
  for (const node of nodes) {
    if (node.run === null || node.step === null) continue;
    if (only !== undefined && node.run !== only) continue;
    runs.set(node.run, [...(runs.get(node.run) ?? []), node]);
  }
  return runs;
}

type Decided = Pick<RetentionPreview['runs'][number], 'keep' | 'drop' | 'freedBytes'>;

/** @param parents nodes that others were made from */
function decide(
  checkpoints: readonly ModelNode[],
  policy: RetentionPolicy,
  parents: ReadonlySet<string>,
): Decided {
  const bySteps = [...checkpoints].sort((a, b) => (a.step ?? 0) - (b.step ?? 0));
  const newest = new Set(bySteps.slice(-policy.last).map(({ id }) => id));
  const best = new Set(bestOf(bySteps, policy).map(({ id }) => id));
  const keep: Decided['keep'] = [];
  const drop: Decided['drop'] = [];
  for (const node of bySteps) {
    const reasons = [
      ...(newest.has(node.id) ? [policy.last === 1 ? 'newest' : `newest ${policy.last}`] : []),
      ...(best.has(node.id) ? [`best ${policy.best?.metric ?? ''}`] : []),
      ...(node.isPinned && policy.keepNamed ? ['pinned'] : []),
      ...(policy.keepNamed && node.note !== '' ? ['has a note'] : []),
      ...(policy.keepNamed && isNamed(node) ? ['named'] : []),
      ...(parents.has(node.id) ? ['other models were made from it'] : []),
    ];
    const entry = { id: node.id, step: node.step ?? 0, bytes: node.bytes };
    if (reasons.length > 0) keep.push({ ...entry, reasons });
    else drop.push(entry);
  }
  return { keep, drop, freedBytes: drop.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** A checkpoint that the metric says nothing about cannot be best; of equals the newest counts. */
function bestOf(checkpoints: readonly ModelNode[], { best }: RetentionPolicy): ModelNode[] {
  if (best === null) return [];
  const sign = best.direction === 'higher' ? 1 : -1;
  return checkpoints
    .flatMap((node) => {
      const value = node.scores[best.metric];
      return value === undefined ? [] : [{ node, value: sign * value }];
    })
    .sort((a, b) => b.value - a.value || (b.node.step ?? 0) - (a.node.step ?? 0))
    .slice(0, best.count)
    .map(({ node }) => node);
}

function isNamed({ name, runName, run, step }: ModelNode): boolean {
  return name !== `${runName ?? run} step ${step}`;
}
