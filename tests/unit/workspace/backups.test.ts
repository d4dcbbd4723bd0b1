/** Backups: whole, checked, dated, and never over anything. */
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { Backups } from '../../../src/main/workspace/backups.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from './temporary-folder.ts';

function openBackups(keep = 5): { workspace: Workspace; backups: Backups } {
  const workspace = Workspace.open({ path: temporaryFolder(), name: 'Precious' });
  const { db, path } = workspace;
  return { workspace, backups: new Backups({ db, workspace: path, keep: () => keep }) };
}

describe('Backups', () => {
  it('makes a copy that is a workspace of its own', async () => {
    const { workspace, backups } = openBackups();
    workspace.db.prepare("INSERT INTO setting VALUES ('theme', '\"dark\"')").run();
    const { path, bytes } = await backups.make();
    expect(bytes).toBe(readFileSync(path).length);
    expect(backups.list().map((made) => made.path)).toEqual([path]);

    const folder = temporaryFolder();
    writeFileSync(join(folder, 'workspace.sqlite'), readFileSync(path));
    const restored = Workspace.open({ path: folder, intent: 'open' });
    expect(restored.info()).toMatchObject({ name: 'Precious', id: workspace.info().id });
    expect(restored.db.prepare('SELECT value FROM setting').pluck().all()).toEqual(['"dark"']);
    restored.dispose();
    workspace.dispose();
  });

  it('keeps the newest and removes only files that it made', async () => {
    const { workspace, backups } = openBackups(2);
    const folder = join(workspace.path, 'backups');
    await backups.make();
    writeFileSync(join(folder, 'my own copy.sqlite'), 'mine');
    for (let n = 0; n < 3; n += 1) await backups.make();
    const names = readdirSync(folder);
    expect(names).toContain('my own copy.sqlite');
    expect(names.filter((name) => name.startsWith('workspace-'))).toHaveLength(2);
    workspace.dispose();
  });

  it('writes to a path a person chose and overwrites nothing', async () => {
    const { workspace, backups } = openBackups();
    const path = join(temporaryFolder(), 'copy.sqlite');
    expect((await backups.make(path)).path).toBe(path);
    const copy = openDatabase(path, { synchronous: 'FULL', readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    copy.close();
    const refused = { code: 'file/write-failed' };
    await expect(backups.make(path)).rejects.toMatchObject(refused);
    await expect(backups.make('/proc/nowhere/copy.sqlite')).rejects.toMatchObject(refused);
    await expect(backups.make('relative.sqlite')).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
    workspace.dispose();
  });

  it('makes the daily one when a day has passed', async () => {
    const { workspace, backups } = openBackups();
    const born = workspace.info().createdAt;
    backups.makeDaily(born);
    expect(backups.list()).toEqual([]);
    backups.makeDaily('2026-01-01T00:00:00Z');
    backups.makeDaily('2026-01-01T00:00:00Z');
    const [first] = backups.list();
    expect(backups.list()).toHaveLength(1);
    const longAgo = new Date('2026-01-02T00:00:00Z');
    utimesSync(first?.path ?? '', longAgo, longAgo);
    backups.makeDaily(born);
    expect(backups.list()).toHaveLength(2);
    expect(basename(backups.list()[0]?.path ?? '')).not.toBe(basename(first?.path ?? ''));
    workspace.dispose();
  });
});
