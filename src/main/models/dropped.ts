/**
 * Several checkpoints deleted as one thing. They move into a staging folder, and that folder goes to
 * the trash; restoring moves every checkpoint back to its run. What a crash left in between is put
 * back when the workspace opens.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { Changes } from '../workspace/changes.ts';
import type { Trash } from '../workspace/trash.ts';
import { checkpointOf } from './tree.ts';

const restoreData = z.object({ ids: z.array(z.string()), staging: z.string() });
/** Staging folders in models/ of a workspace. */
const PREFIX = '.dropped-';

export class DroppedCheckpoints {
  readonly #workspace: string;
  readonly #trash: Trash;
  readonly #changes: Changes;

  constructor(options: {
    readonly workspace: string;
    readonly trash: Trash;
    readonly changes: Changes;
  }) {
    this.#workspace = options.workspace;
    this.#trash = options.trash;
    this.#changes = options.changes;
    this.#recover();
    this.#trash.define('checkpoint', {
      restore: (data) => {
        const { staging } = restoreData.parse(data);
        this.#putBack(staging);
        this.#changes.touch('models');
        this.#changes.touch('runs');
      },
      remove: async (data) => {
        await this.drop(restoreData.parse(data).ids);
      },
    });
  }

  /** @throws LabError `model/missing`, `file/write-failed`; then nothing has moved */
  async drop(ids: readonly string[]): Promise<{ trashId: string }> {
    const places = ids.map((id) => this.#placeOf(id));
    const staging = `${PREFIX}${randomUUID()}`;
    const moved: { from: string; to: string }[] = [];
    try {
      for (const { run, name, path } of places) {
        const to = join(this.#workspace, 'models', staging, run, name);
        mkdirSync(dirname(to), { recursive: true });
        renameSync(path, to);
        moved.push({ from: path, to });
      }
      const item = await this.#trash.add({
        kind: 'checkpoint',
        title: titleOf(places),
        from: join(this.#workspace, 'models', staging),
        restore: { ids: [...ids], staging },
        commit: () => {},
      });
      this.#changes.touch('models');
      this.#changes.touch('runs');
      return { trashId: item.id };
    } catch (thrown) {
      for (const { from, to } of moved.reverse()) if (existsSync(to)) renameSync(to, from);
      rmSync(join(this.#workspace, 'models', staging), { recursive: true, force: true });
      throw thrown instanceof LabError
        ? thrown
        : new LabError('file/write-failed', `[models] ${String(thrown)}`, { cause: thrown });
    }
  }

  #placeOf(id: string): { run: string; name: string; path: string; step: number } {
    const place = checkpointOf(id);
    const name = `step-${String(place?.step ?? 0).padStart(6, '0')}`;
    const path = join(this.#workspace, 'runs', place?.run ?? '', 'checkpoints', name);
    if (place !== undefined && existsSync(path)) return { ...place, name, path };
    throw new LabError('model/missing', `[models] ${id.slice(0, 200)} is not there`);
  }

  /** Every checkpoint of a staging folder back to its run; the folder then is empty and goes. */
  #putBack(staging: string): void {
    const folder = join(this.#workspace, 'models', staging);
    const moves = readdirSync(folder).flatMap((run) =>
      readdirSync(join(folder, run)).map((name) => ({
        run: join(this.#workspace, 'runs', run),
        from: join(folder, run, name),
        to: join(this.#workspace, 'runs', run, 'checkpoints', name),
      })),
    );
    // All or none: a half-restored folder could not be put back into the trash.
    for (const { run, to } of moves) {
      if (!existsSync(join(run, 'run.json'))) {
        throw new LabError('run/missing', `[models] the run ${run} is not there`, {
          hint: 'Restore the run first.',
        });
      }
      if (existsSync(to)) {
        throw new LabError('file/write-failed', `[models] ${to} exists again`, {
          hint: 'Rename what is there, then restore once more.',
        });
      }
    }
    for (const { from, to } of moves) {
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
    }
    rmSync(folder, { recursive: true, force: true });
  }

  #recover(): void {
    const folder = join(this.#workspace, 'models');
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(PREFIX)) continue;
      try {
        this.#putBack(name);
      } catch {
        // What cannot go back stays where it is: nothing is lost, and the workspace opens.
      }
    }
  }
}

function titleOf(places: readonly { readonly run: string; readonly step: number }[]): string {
  const runs = new Set(places.map(({ run }) => run));
  const [first] = places;
  if (places.length === 1 && first !== undefined) return `step ${first.step} of ${first.run}`;
  const [only] = runs;
  const where = runs.size === 1 ? String(only) : `${runs.size} runs`;
  return `${places.length} checkpoints of ${where}`;
}
