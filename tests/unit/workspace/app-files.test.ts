/** Settings, recent workspaces, places, and the folder picker. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../../src/main/workspace/changes.ts';
import { listFolder } from '../../../src/main/workspace/list-folder.ts';
import { configFolder, defaultWorkspace } from '../../../src/main/workspace/places.ts';
import { RecentWorkspaces } from '../../../src/main/workspace/recent-workspaces.ts';
import { SettingsStore } from '../../../src/main/workspace/settings-store.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { listFolderInput } from '../../../src/shared/model/system.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('SettingsStore', () => {
  it('has defaults, keeps changes over a restart and leaves the rest', () => {
    const path = temporaryFolder();
    const workspace = Workspace.open({ path });
    const settings = new SettingsStore({ db: workspace.db, changes: new Changes() });
    expect(settings.get()).toMatchObject({ theme: 'system', keepBackups: 5, threads: null });
    settings.set({ theme: 'dark', threads: 4, keys: { 'row.next': 'J', 'row.back': null } });
    settings.set({ webhookUrl: 'https://example.org/hook' });
    workspace.dispose();

    const again = Workspace.open({ path });
    expect(new SettingsStore({ db: again.db, changes: new Changes() }).get()).toMatchObject({
      theme: 'dark',
      threads: 4,
      keys: { 'row.next': 'J', 'row.back': null },
      webhookUrl: 'https://example.org/hook',
      keepBackups: 5,
    });
    again.dispose();
  });

  it('falls back to the default of a value that no longer fits', () => {
    const workspace = Workspace.open({ path: temporaryFolder() });
    workspace.db.exec(`
      INSERT INTO setting VALUES
        ('theme', '"sepia"'), ('threads', 'not json'), ('toString', '1'), ('future', '{}'),
        ('notices', 'false');
    `);
    const settings = new SettingsStore({ db: workspace.db, changes: new Changes() }).get();
    expect(settings).toMatchObject({ theme: 'system', threads: null, notices: false });
    expect(Object.keys(settings)).not.toContain('future');
    workspace.dispose();
  });
});

describe('RecentWorkspaces', () => {
  it('lists the last opened first, once each, and says what is missing', async () => {
    const config = temporaryFolder();
    const here = temporaryFolder();
    Workspace.open({ path: here }).dispose();
    const recent = new RecentWorkspaces(config);
    await Promise.all([
      recent.opened('/gone/away', 'Away'),
      recent.opened(here, 'Here'),
      recent.opened('/gone/away', 'Away again'),
    ]);
    expect(await new RecentWorkspaces(config).list(here)).toMatchObject([
      { path: '/gone/away', name: 'Away again', isMissing: true, isOpen: false },
      { path: here, name: 'Here', isMissing: false, isOpen: true },
    ]);
    await recent.forget('/gone/away');
    expect(await recent.list()).toHaveLength(1);
  });

  it.each([
    'not json',
    '[]',
    '{"version":9,"workspaces":[]}',
    '{"version":1,"workspaces":[{"path":3}]}',
  ])('starts empty from %j', async (content) => {
    const config = temporaryFolder();
    writeFileSync(join(config, 'recent.json'), content);
    const recent = new RecentWorkspaces(config);
    expect(await recent.list()).toEqual([]);
    await recent.opened('/a', 'A');
    expect(JSON.parse(readFileSync(join(config, 'recent.json'), 'utf8')).workspaces).toHaveLength(
      1,
    );
  });
});

describe('places', () => {
  it('follow the environment', () => {
    expect(configFolder({ RATIONALE_CONFIG: '/c' })).toBe('/c');
    expect(configFolder({ XDG_CONFIG_HOME: '/x' })).toBe('/x/rationale');
    expect(configFolder({ XDG_CONFIG_HOME: 'relative' })).toBe(
      join(homedir(), '.config/rationale'),
    );
    expect(defaultWorkspace({})).toBe(join(homedir(), 'Rationale'));
    expect(defaultWorkspace({ RATIONALE_WORKSPACE: '~/lab' })).toBe(join(homedir(), 'lab'));
  });
});

describe('listFolder', () => {
  it('lists folders first, by name, with sizes and what they look like', async () => {
    const folder = temporaryFolder();
    for (const name of ['z-model', 'Data 10', 'data 2', '.hidden']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'z-model/config.json'), '{}');
    writeFileSync(join(folder, 'b.jsonl'), 'four');
    writeFileSync(join(folder, 'a.TXT'), '');
    symlinkSync(join(folder, 'z-model'), join(folder, 'link'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));

    const all = await listFolder(listFolderInput.parse({ path: folder }), { workspace: '/w' });
    expect(all.entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'folder data 2',
      'folder Data 10',
      'folder link',
      'folder z-model',
      'file a.TXT',
      'file b.jsonl',
      'other broken',
    ]);
    expect(all.entries.find(({ name }) => name === 'z-model')).toMatchObject({
      looksLike: 'model',
    });
    expect(all.entries.find(({ name }) => name === 'link')).toMatchObject({ isLink: true });
    expect(all.entries.find(({ name }) => name === 'b.jsonl')).toMatchObject({ bytes: 4 });
    expect(all).toMatchObject({ isTruncated: false, total: 8 });

    const some = await listFolder(
      listFolderInput.parse({ path: folder, extensions: ['.txt'], isHiddenShown: true, limit: 3 }),
      { workspace: '/w' },
    );
    expect(some.entries.map(({ name }) => name)).toEqual(['.hidden', 'data 2', 'Data 10']);
    expect(some.isTruncated).toBe(true);
  });

  it('takes a file for the folder it is in, and home for nothing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'x.json'), '');
    const place = { workspace: '/w' };
    const ofFile = await listFolder(listFolderInput.parse({ path: join(folder, 'x.json') }), place);
    expect(ofFile.path).toBe(folder);
    const home = await listFolder(listFolderInput.parse({}), place);
    expect(home.places.map(({ title }) => title)).toEqual(['Home', 'Workspace', '/']);
    rmSync(folder, { recursive: true });
    const gone = listFolder(listFolderInput.parse({ path: folder }), place);
    await expect(gone).rejects.toMatchObject({ code: 'file/missing' });
    const odd = listFolder(listFolderInput.parse({ path: '/tmp/\0' }), place);
    await expect(odd).rejects.toMatchObject({ code: 'rpc/invalid-input' });
  });
});
