/**
 * The workspaces this person opened last, newest first, in one JSON file of the app's folder. A file
 * that cannot be read counts as empty: it is a convenience and never a reason not to start.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecentWorkspace } from '../../shared/model/workspace.ts';
import { writeFileAtomic } from '../files/atomic.ts';

const KEPT = 20;

const recentFile = z.object({
  version: z.literal(1),
  workspaces: z.array(z.object({ path: z.string(), name: z.string(), openedAt: z.string() })),
});
type Entry = z.infer<typeof recentFile>['workspaces'][number];

export class RecentWorkspaces {
  readonly #path: string;
  /** Writes one after the other: two quick ones must not lose each other's entry. */
  #last: Promise<void> = Promise.resolve();

  /** @param folder the app's own folder */
  constructor(folder: string) {
    this.#path = join(folder, 'recent.json');
  }

  async list(open?: string): Promise<RecentWorkspace[]> {
    await this.#last;
    return this.#read().map((entry) => ({
      ...entry,
      isMissing: !existsSync(join(entry.path, 'workspace.sqlite')),
      isOpen: entry.path === open,
    }));
  }

  /** Puts a workspace on top of the list. */
  opened(path: string, name: string): Promise<void> {
    return this.#change((entries) => [
      { path, name, openedAt: new Date().toISOString() },
      ...entries.filter((entry) => entry.path !== path),
    ]);
  }

  /** Takes a workspace off the list; its folder stays as it is. */
  forget(path: string): Promise<void> {
    return this.#change((entries) => entries.filter((entry) => entry.path !== path));
  }

  #change(change: (entries: Entry[]) => Entry[]): Promise<void> {
    const write = async (): Promise<void> => {
      const workspaces = change(this.#read()).slice(0, KEPT);
      await writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, workspaces }, null, 2)}\n`);
    };
    const done = this.#last.then(write);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #read(): Entry[] {
    try {
      const parsed = recentFile.safeParse(JSON.parse(readFileSync(this.#path, 'utf8')));
      return parsed.success ? parsed.data.workspaces : [];
    } catch {
      return [];
    }
  }
}
