/** A backup takes the place of a database that is damaged, or that a person regrets. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { Backups } from '../../../src/main/workspace/backups.ts';
import { restoreBackup } from '../../../src/main/workspace/restore-backup.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A workspace with a backup from when it was called 'Then'. @returns its folder and that backup */
async function workspaceWithBackup(): Promise<{ path: string; backup: string }> {
  const path = temporaryFolder();
  const workspace = Workspace.open({ path, name: 'Then' });
  const backups = new Backups({ db: workspace.db, workspace: path, keep: () => 5 });
  const { path: backup } = await backups.make();
  workspace.rename('Now');
  workspace.dispose();
  return { path, backup };
}

describe('restoreBackup', () => {
  it('brings back what was, and keeps what is', async () => {
    const { path, backup } = await workspaceWithBackup();
    const aside = await restoreBackup(path, backup);
    const restored = Workspace.open({ path });
    expect(restored.name).toBe('Then');
    restored.dispose();

    const replaced = openDatabase(join(aside, 'workspace.sqlite'), {
      synchronous: 'FULL',
      readonly: true,
    });
    const name = replaced.prepare("SELECT value FROM meta WHERE key = 'name'").pluck().get();
    expect(name).toBe('Now');
    replaced.close();
  });

  it('mends a workspace that no longer opens, which says where its backup is', async () => {
    const { path, backup } = await workspaceWithBackup();
    const file = join(path, 'workspace.sqlite');
    writeFileSync(file, 'ruined'.repeat(1000));
    expect(() => Workspace.open({ path })).toThrow(
      expect.objectContaining({
        code: 'workspace/corrupt',
        hint: expect.stringContaining(backup),
      }),
    );
    const aside = await restoreBackup(path, backup);
    Workspace.open({ path, intent: 'open' }).dispose();
    expect(readFileSync(join(aside, 'workspace.sqlite'), 'utf8')).toBe('ruined'.repeat(1000));
  });

  it('refuses what is no backup, is open, or is no workspace, and changes nothing', async () => {
    const { path, backup } = await workspaceWithBackup();
    const foreign = join(temporaryFolder(), 'x.sqlite');
    openDatabase(foreign, { synchronous: 'FULL' }).exec('CREATE TABLE theirs (a)').close();
    const rubbish = join(temporaryFolder(), 'y.sqlite');
    writeFileSync(rubbish, 'rubbish'.repeat(1000));
    const empty = join(temporaryFolder(), 'z.sqlite');
    writeFileSync(empty, '');
    const before = readdirSync(path).sort();
    for (const [file, code] of [
      [foreign, 'workspace/invalid'],
      [rubbish, 'workspace/corrupt'],
      [empty, 'workspace/corrupt'],
      [join(path, 'none.sqlite'), 'file/missing'],
      [path, 'file/missing'],
    ] as const) {
      await expect(restoreBackup(path, file), file).rejects.toMatchObject({ code });
    }
    expect(readdirSync(path).sort()).toEqual(before);

    const home = temporaryFolder();
    writeFileSync(join(home, 'thesis.tex'), '');
    await expect(restoreBackup(home, backup)).rejects.toMatchObject({ code: 'workspace/invalid' });
    expect(readdirSync(home)).toEqual(['thesis.tex']);

    const open = Workspace.open({ path });
    await expect(restoreBackup(path, backup)).rejects.toMatchObject({ code: 'workspace/locked' });
    expect(open.name).toBe('Now');
    open.dispose();
  });
});
