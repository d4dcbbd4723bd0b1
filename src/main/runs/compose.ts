/**
 * The runs and rollouts of one workspace with the index they share. Comes in: what the workspace and
 * the other rooms offer. Goes out: both services, started, and how they are let go.
 */
import { join } from 'node:path';
import type { EnginePools } from '../engine/pools.ts';
import { RolloutIndex } from '../rollouts/rollout-index.ts';
import { RolloutsService } from '../rollouts/service.ts';
import type { Database } from '../storage/database.ts';
import { openIndex } from '../storage/index-database.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import type { MediaStore } from '../workspace/media-store.ts';
import type { Notices } from '../workspace/notices.ts';
import type { SettingsStore } from '../workspace/settings-store.ts';
import type { Status } from '../workspace/status.ts';
import type { Trash } from '../workspace/trash.ts';
import type { RunsOptions } from './runs-options.ts';
import { RunsService } from './service.ts';

export interface RunsParts {
  readonly path: string;
  readonly db: Database;
  readonly changes: Changes;
  readonly notices: Notices;
  readonly history: History;
  readonly trash: Trash;
  readonly media: MediaStore;
  readonly settings: SettingsStore;
  readonly status: Status;
  readonly engines: EnginePools;
  readonly resolveSaved: RunsOptions['resolveSaved'];
  readonly materialise: RunsOptions['materialise'];
  /** How run processes are started; tests shorten times. */
  readonly supervisor?: RunsOptions['supervisor'];
  readonly restartDelayMs?: number | undefined;
}

export interface RunsRooms {
  readonly runs: RunsService;
  readonly rollouts: RolloutsService;
  /** Asks what is going to stop and save, then closes the index. */
  dispose(): Promise<void>;
}

export function composeRuns(parts: RunsParts): RunsRooms {
  const { path, db, history, changes, engines } = parts;
  const index = openIndex(join(path, 'index.sqlite'));
  const touch = (room: 'runs' | 'rollouts') => changes.touch(room);
  const runs = new RunsService({
    db,
    index,
    workspace: path,
    tools: engines.tools,
    rollouts: new RolloutIndex(index),
    trash: parts.trash,
    history,
    settings: () => parts.settings.get(),
    resolveSaved: parts.resolveSaved,
    materialise: parts.materialise,
    supervisor: parts.supervisor,
    restartDelayMs: parts.restartDelayMs,
    touch,
    push: (notice) => parts.notices.push(notice),
  });
  const rollouts = new RolloutsService({
    db,
    index,
    runs: runs.lookup,
    media: parts.media,
    history,
    engines,
    touch,
  });
  provideStatus(parts, runs);
  return {
    runs,
    rollouts,
    async dispose() {
      await runs.dispose();
      index.close();
    },
  };
}

/** What the status bar says about runs. */
function provideStatus({ status }: RunsParts, runs: RunsService): void {
  status.provide('queue', () => runs.status().queue);
  status.provide('alarms', () => runs.status().alarms);
  status.provide('processes', () => runs.status().processes);
}
