/** Opening, making and refusing folders; one process per workspace. */
import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from './temporary-folder.ts';

const HOLDER = fileURLToPath(new URL('./workspace-holder.ts', import.meta.url));
const invalid = expect.objectContaining({ code: 'workspace/invalid' });
const locked = expect.objectContaining({ code: 'workspace/locked' });

describe('Workspace.open', () => {
  it('makes a workspace, and finds the same one again', () => {
    const path = join(temporaryFolder(), 'deep/er');
    const made = Workspace.open({ path, intent: 'create', name: 'Geometry' });
    const first = made.info();
    expect(first).toMatchObject({ name: 'Geometry', path });
    made.dispose();
    expect(readdirSync(path).sort()).toEqual(['lock.sqlite', 'workspace.sqlite']);

    const again = Workspace.open({ path, intent: 'open', name: 'ignored' });
    expect(again.info()).toMatchObject({
      id: first.id,
      name: 'Geometry',
      createdAt: first.createdAt,
    });
    again.dispose();
  });

  it('takes the name of the folder when it is given none', () => {
    const workspace = Workspace.open({ path: join(temporaryFolder(), 'My lab') });
    expect(workspace.name).toBe('My lab');
    workspace.rename('Other');
    expect(workspace.info().name).toBe('Other');
    workspace.dispose();
  });

  it('accepts a folder that only holds runs of the command line', () => {
    const path = temporaryFolder();
    mkdirSync(join(path, 'runs'));
    const workspace = Workspace.open({ path });
    workspace.dispose();
    expect(readdirSync(path)).toContain('workspace.sqlite');
  });

  it('refuses a folder with other things and writes nothing', () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'thesis.tex'), 'do not touch');
    for (const intent of [undefined, 'create', 'open'] as const) {
      expect(() => Workspace.open({ path, intent })).toThrow(invalid);
    }
    expect(readdirSync(path)).toEqual(['thesis.tex']);
  });

  it('refuses a file, a missing or empty folder to open, and to create over a workspace', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => Workspace.open({ path: file })).toThrow(invalid);
    expect(() => Workspace.open({ path: join(folder, 'nowhere'), intent: 'open' })).toThrow(
      invalid,
    );
    expect(() => Workspace.open({ path: temporaryFolder(), intent: 'open' })).toThrow(invalid);
    const path = join(folder, 'one');
    Workspace.open({ path }).dispose();
    expect(() => Workspace.open({ path, intent: 'create' })).toThrow(invalid);
    expect(() => Workspace.open({ path: 'relative/place' })).toThrow(
      expect.objectContaining({ code: 'rpc/invalid-input' }),
    );
  });

  it('refuses a database of another program and keeps every byte of it', () => {
    const path = temporaryFolder();
    const file = join(path, 'workspace.sqlite');
    openDatabase(file, { synchronous: 'FULL' }).exec('CREATE TABLE theirs (a)').close();
    const before = readFileSync(file);
    expect(() => Workspace.open({ path })).toThrow(invalid);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('says that a damaged workspace is damaged, and lets it go', () => {
    const path = temporaryFolder();
    const file = join(path, 'workspace.sqlite');
    writeFileSync(file, 'x'.repeat(10_000));
    const corrupt = expect.objectContaining({ code: 'workspace/corrupt' });
    expect(() => Workspace.open({ path })).toThrow(corrupt);
    // Not "locked": the first attempt left no lock behind.
    expect(() => Workspace.open({ path })).toThrow(corrupt);
    expect(readFileSync(file, 'utf8')).toBe('x'.repeat(10_000));
  });
});

describe('the lock', () => {
  it('lets one handle in, by whatever path, and frees the folder when it goes', () => {
    const path = temporaryFolder();
    const alias = join(temporaryFolder(), 'alias');
    symlinkSync(path, alias);
    const first = Workspace.open({ path });
    expect(first.isAt(alias)).toBe(true);
    expect(() => Workspace.open({ path: alias })).toThrow(locked);
    first.dispose();
    Workspace.open({ path: alias }).dispose();
  });

  it('keeps another process out, names the holder, and ends with a kill', async () => {
    const path = temporaryFolder();
    const holder = fork(HOLDER, [path], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await new Promise((resolve) => holder.once('message', resolve));
    expect(() => Workspace.open({ path })).toThrow(locked);
    expect(() => Workspace.open({ path })).toThrow(`process ${holder.pid}`);

    const ended = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await ended;
    const workspace = Workspace.open({ path });
    expect(workspace.info().name).toBe('Held');
    workspace.dispose();
  });
});
