/**
 * Dry runs: one batch, one group, one step of a plan in a process of its own, measured. A plan comes
 * in; a report goes out that the queue finds again by the hash of the frozen configuration.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { DryRunReport, ExpectedCost, TrainPlan } from '../../shared/model/run-queue.ts';
import { dryRunResult } from '../../shared/protocol/results.ts';
import { askEngine } from '../engine/ask.ts';
import { Supervisor, type SupervisorOptions } from '../engine/supervisor.ts';
import type { Database } from '../storage/database.ts';
import { type Frozen, writeFrozen } from './queue/freeze.ts';

export interface DryRunOptions {
  readonly db: Database;
  readonly workspace: string;
  readonly supervisor?: SupervisorOptions | undefined;
  freeze(plan: TrainPlan): Promise<Frozen>;
  compute(plan: TrainPlan): { device: 'auto' | 'cpu' | 'cuda'; threads?: number };
  /** Path of the model a plan begins with; undefined = what its configuration names. */
  modelOf(plan: TrainPlan): string | undefined;
  onChange(): void;
}

const KEPT = 100;

export class DryRuns {
  readonly #options: DryRunOptions;
  readonly #going = new Map<string, { report: DryRunReport; readonly abort: AbortController }>();

  constructor(options: DryRunOptions) {
    this.#options = options;
  }

  /** Newest first; those that are going in front. */
  list(): DryRunReport[] {
    const stored = this.#options.db
      .prepare<[number], { report: string }>('SELECT report FROM dry_run ORDER BY at DESC LIMIT ?')
      .all(KEPT)
      // Written by #finish below.
      .map(({ report }) => JSON.parse(report) as DryRunReport);
    return [...[...this.#going.values()].map(({ report }) => report), ...stored];
  }

  /** What a configuration was measured to cost. */
  expectedOf(hash: string): ExpectedCost | null {
    const found = this.list().find(
      ({ configHash, status }) => configHash === hash && status === 'done',
    );
    if (found === undefined) return null;
    return { seconds: found.seconds, bytes: found.diskBytes, peakBytes: found.peakBytes };
  }

  /** Resolves with the report when it is done; what went wrong is part of it. */
  async run(plan: TrainPlan): Promise<DryRunReport> {
    const { config, hash } = await this.#options.freeze(plan);
    const id = randomUUID().slice(0, 8);
    const abort = new AbortController();
    const going = { report: emptyReport(id, String(config['recipe']), hash), abort };
    this.#going.set(id, going);
    this.#options.onChange();
    const supervisor = new Supervisor(this.#options.supervisor);
    const file = join(this.#options.workspace, 'queue', `dry-${id}.json`);
    try {
      const model = this.#options.modelOf(plan);
      const [row] = await askEngine(
        supervisor,
        'dry-run',
        {
          recipe: writeFrozen(file, config),
          ...(model === undefined ? {} : { model }),
          ...this.#options.compute(plan),
        },
        {
          row: dryRunResult,
          signal: abort.signal,
          onEvent: (event) => {
            if (event.type !== 'progress') return;
            going.report = { ...going.report, stage: event.stage };
            this.#options.onChange();
          },
        },
      );
      if (row === undefined) throw new LabError('engine/protocol', '[dry-run] gave no result');
      return this.#finish({ ...going.report, ...measured(row), status: 'done' });
    } catch (thrown) {
      const error = LabError.from(thrown);
      const status = error.code === 'engine/cancelled' ? 'cancelled' : 'failed';
      const { stack: _, ...wire } = error.toWire();
      return this.#finish({ ...going.report, status, error: wire });
    } finally {
      rmSync(file, { force: true });
      await supervisor.dispose();
    }
  }

  cancel(id: string): void {
    this.#going.get(id)?.abort.abort();
  }

  /** Stops what is going. */
  dispose(): void {
    for (const { abort } of this.#going.values()) abort.abort();
  }

  #finish(report: DryRunReport): DryRunReport {
    this.#going.delete(report.id);
    const done = { ...report, stage: null };
    if (this.#options.db.open) {
      this.#options.db
        .prepare('INSERT INTO dry_run (id, at, config_hash, report) VALUES (?, ?, ?, ?)')
        .run(done.id, done.at, done.configHash, JSON.stringify(done));
    }
    this.#options.onChange();
    return done;
  }
}

function emptyReport(id: string, recipe: string, configHash: string): DryRunReport {
  return {
    id,
    at: Date.now(),
    recipe,
    configHash,
    status: 'running',
    stage: 'starting',
    peakBytes: null,
    estimatedBytes: null,
    secondsPerStep: null,
    tokensPerSecond: null,
    seconds: null,
    diskBytes: null,
    steps: null,
    detail: {},
    error: null,
  };
}

function measured(row: (typeof dryRunResult)['_output']): Partial<DryRunReport> {
  return {
    peakBytes: row.peakBytes,
    estimatedBytes: row.loadedBytes,
    secondsPerStep: row.secondsPerStep.total,
    tokensPerSecond: row.tokensPerSecond,
    seconds: row.predictedSeconds,
    diskBytes: row.predictedDiskBytes,
    steps: row.steps,
    detail: { ...row },
  };
}
