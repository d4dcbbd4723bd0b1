/** What the runs room is given: databases, engines, what other rooms offer, and whom it tells. */
import type { DataRef, TrainingFile } from '../../shared/model/dataset.ts';
import type { Notice } from '../../shared/model/system.ts';
import type { JobRunner } from '../engine/ask.ts';
import type { SupervisorOptions } from '../engine/supervisor.ts';
import type { Database } from '../storage/database.ts';
import type { History } from '../workspace/history.ts';
import type { Trash } from '../workspace/trash.ts';
import type { RolloutReader } from './index/ingest.ts';
import type { FreezeOptions } from './queue/freeze.ts';

export interface RunsOptions {
  /** workspace.sqlite */
  readonly db: Database;
  /** index.sqlite */
  readonly index: Database;
  readonly workspace: string;
  readonly tools: JobRunner;
  readonly rollouts: RolloutReader;
  readonly trash: Trash;
  readonly history: History;
  readonly settings: () => {
    device: 'auto' | 'cpu' | 'cuda';
    threads: number | null;
    webhookUrl: string | null;
  };
  readonly resolveSaved?: FreezeOptions['resolveSaved'];
  readonly materialise?: ((ref: DataRef) => Promise<TrainingFile>) | undefined;
  readonly supervisor?: SupervisorOptions | undefined;
  readonly restartDelayMs?: number | undefined;
  touch(room: 'runs' | 'rollouts'): void;
  push(notice: Omit<Notice, 'seq' | 'at'>): void;
}
