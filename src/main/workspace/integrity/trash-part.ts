/** Does the trash hold what its rows say, and nothing else? */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Finding } from '../../../shared/model/workspace.ts';
import type { Database } from '../../storage/database.ts';
import { type TrashRow, trashRows } from '../../storage/trash-rows.ts';
import { isTrashId, trashFolders } from '../trash-notes.ts';
import { found, type IntegrityPart } from './part.ts';

const PART = 'trash';

export function trashPart(options: {
  readonly db: Database;
  readonly workspace: string;
}): IntegrityPart {
  const { workspace } = options;
  const rows = trashRows(options.db);

  /** Rows whose files are neither in the trash nor where they came from. */
  const hollow = (): TrashRow[] =>
    rows.list().filter(({ id, source, bytes }) => {
      if (!isTrashId(id)) return true;
      if (source === null || bytes === 0) return false;
      const kept = join(workspace, 'trash', id, basename(source));
      return !existsSync(kept) && !existsSync(join(workspace, source));
    });

  return {
    id: PART,
    async check() {
      const findings: Finding[] = hollow().map(({ title }) =>
        found(PART, 'warn', `the files of ${title} are gone from the trash`, {
          repair: 'Its row is written to a file in backups and taken out.',
        }),
      );
      const folders = trashFolders(workspace);
      for (const id of folders.filter((id) => rows.get(id) === undefined)) {
        const path = join(workspace, 'trash', id);
        findings.push(found(PART, 'note', 'a folder in the trash that no row speaks of', { path }));
      }
      return { findings, counted: { 'trash items': rows.list().length } };
    },
    async repair(keep) {
      const gone = hollow();
      const removed = gone.map((row) => ({ table: 'trash_item', row: { ...row } }));
      await keep(removed);
      for (const { id } of gone) rows.remove(id, () => {});
      const done = gone.map(({ title }) => `${title} was taken off the trash: its files are gone.`);
      return { done, removed };
    },
  };
}
