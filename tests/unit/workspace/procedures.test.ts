/** The procedures of workspace and system, called as a window calls them, over a real lab. */
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, LabHolder } from '../../../src/main/lab.ts';
import { systemRouter } from '../../../src/main/rpc/system.ts';
import { createCallerFactory, router } from '../../../src/main/rpc/trpc.ts';
import { workspaceRouter } from '../../../src/main/rpc/workspace.ts';
import { RecentWorkspaces } from '../../../src/main/workspace/recent-workspaces.ts';

const callerOf = createCallerFactory(router({ workspace: workspaceRouter, system: systemRouter }));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rationale-rpc-')));
let labs: LabHolder;
let call: ReturnType<typeof callerOf>;

beforeAll(async () => {
  const first = await Lab.open({ workspace: join(folder, 'one') });
  labs = new LabHolder(first, new RecentWorkspaces(join(folder, 'config')));
  call = callerOf({ labs, host: 'test' });
});
afterAll(async () => {
  await labs.current.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** Values of a subscription, one at a time. */
async function reader<T>(subscription: Promise<AsyncIterable<T>>): Promise<AsyncIterator<T>> {
  return (await subscription)[Symbol.asyncIterator]();
}

describe('workspace', () => {
  it('creates, opens, renames and remembers; a refused folder changes nothing', async () => {
    const two = await call.workspace.create({ path: join(folder, 'two'), name: ' Second ' });
    expect(two).toMatchObject({ name: 'Second', path: join(folder, 'two') });
    expect(await call.workspace.current()).toEqual(expect.objectContaining({ id: two.id }));

    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'nowhere'), folder]) {
      await expect(call.workspace.open({ path })).rejects.toMatchObject({
        cause: { code: 'workspace/invalid' },
      });
    }
    expect((await call.workspace.current()).id).toBe(two.id);
    await call.workspace.open({ path: two.path });

    expect((await call.workspace.rename({ name: 'Renamed' })).name).toBe('Renamed');
    await call.workspace.open({ path: join(folder, 'one') });
    expect(await call.workspace.recent()).toMatchObject([
      { name: 'one', isOpen: true },
      { name: 'Renamed', isOpen: false },
    ]);
    await call.workspace.forget({ path: two.path });
    expect(await call.workspace.recent()).toHaveLength(1);
    expect(existsSync(join(two.path, 'workspace.sqlite'))).toBe(true);
  });

  it('does not leave a workspace locked when two windows switch at once', async () => {
    const paths = ['three', 'four', 'one'].map((name) => join(folder, name));
    const opened = paths.map((path) =>
      path.endsWith('one') ? call.workspace.open({ path }) : call.workspace.create({ path }),
    );
    await Promise.all(opened);
    expect((await call.workspace.current()).path).toBe(join(folder, 'one'));
    const three = await Lab.open({ workspace: join(folder, 'three') });
    await three.dispose();
  });

  it('keeps settings that fit and refuses others whole', async () => {
    await call.workspace.setSettings({ theme: 'dark', keepBackups: 2 });
    expect(await call.workspace.settings()).toMatchObject({ theme: 'dark', keepBackups: 2 });
    // As a window that is not ours could send.
    const bad = [
      { theme: 'sepia' },
      { webhookUrl: 'file:///etc/passwd' },
      { webhookUrl: 'javascript:alert(1)' },
      { keepBackups: 0 },
      { threads: 1.5 },
      { unknown: 1 },
      { keys: { a: 'x'.repeat(100) } },
    ];
    for (const change of bad) {
      await expect(call.workspace.setSettings(change as never)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    }
    expect(await call.workspace.settings()).toMatchObject({ theme: 'dark', webhookUrl: null });
  });

  it('backs up, checks and repairs', async () => {
    const { path } = await call.workspace.backup();
    expect(await call.workspace.backups()).toMatchObject([{ path }]);
    expect(await call.workspace.integrity({ isFull: true })).toMatchObject({
      isSound: true,
      isFull: true,
    });
    expect(await call.workspace.repair()).toMatchObject({ done: [], rowsFile: null });
  });

  it('undoes and restores nothing when there is nothing', async () => {
    expect(await call.workspace.undo()).toEqual({ label: null });
    expect(await call.workspace.redo()).toEqual({ label: null });
    expect(await call.workspace.history()).toEqual({ undo: null, redo: null, entries: [] });
    expect(await call.workspace.trash()).toEqual({ items: [], bytes: 0 });
    expect(await call.workspace.emptyTrash()).toEqual({ items: 0, bytes: 0 });
    await expect(call.workspace.restore({ id: '../../x' })).rejects.toMatchObject({
      cause: { code: 'trash/missing' },
    });
  });

  it('tells what changed, once, over a lost link and a switch of workspaces', async () => {
    const values = await reader(call.workspace.watch());
    const hello = await values.next();
    labs.changes.touch('datasets');
    labs.changes.touch('datasets');
    const first = await values.next();
    expect(first.value[1]).toMatchObject({ room: 'datasets' });
    await values.return?.();

    labs.changes.touch('runs');
    labs.changes.touch('runs');
    const [lastEventId] = first.value;
    const again = await reader(call.workspace.watch({ lastEventId }));
    await again.next();
    expect((await again.next()).value[1]).toMatchObject({ room: 'runs' });
    await call.workspace.create({ path: join(folder, 'five') });
    expect((await again.next()).value[1].room).toBeDefined();
    await again.return?.();

    // Of another process: everything may have changed.
    const stranger = await reader(call.workspace.watch({ lastEventId: 'abcd-999999' }));
    await stranger.next();
    const rooms = new Set<string>();
    while (rooms.size < 7) rooms.add((await stranger.next()).value[1].room);
    await stranger.return?.();
    expect(hello.value[1].version).toBe(0);
  });
});

describe('system', () => {
  it('says what the machine is and how busy', async () => {
    expect(await call.system.info()).toMatchObject({ host: 'test', canMakeLink: false });
    const status = await call.system.status();
    expect(status.load.length).toBeGreaterThan(0);
    expect(status.disk?.freeBytes).toBeGreaterThan(0);
    labs.current.status.provide('alarms', () => [
      { room: 'runs', severity: 'bad', title: 'Reward is flat', href: '/runs/1' },
    ]);
    const values = await reader(call.system.watch());
    expect((await values.next()).value.alarms).toHaveLength(1);
    await values.return?.();
  });

  it('tells notices, also those of the time without a link', async () => {
    const values = await reader(call.system.notices());
    const waiting = values.next();
    const told = { room: 'runs', level: 'good', title: 'Done', text: '', href: null } as const;
    labs.notices.push(told);
    const [lastEventId, notice] = (await waiting).value;
    expect(notice).toMatchObject(told);
    await values.return?.();
    labs.notices.push({ ...told, title: 'Missed' });
    const again = await reader(call.system.notices({ lastEventId }));
    expect((await again.next()).value[1]).toMatchObject({ title: 'Missed' });
    await again.return?.();
  });

  it('makes links only where there are browsers', async () => {
    await expect(call.system.makeLink()).rejects.toMatchObject({
      cause: { code: 'rpc/invalid-input' },
    });
    const served = callerOf({ labs, host: 'browser', makeLink: () => 'http://127.0.0.1/x' });
    expect(await served.system.makeLink()).toEqual({ url: 'http://127.0.0.1/x' });
  });

  it('asks the engine once what this installation can do', async () => {
    const [first, second] = await Promise.all([call.system.doctor(), call.system.doctor()]);
    expect(first.checkedAt).toBe(second.checkedAt);
    expect(first.row['version']).toBeDefined();
    expect(first.text).not.toBe('');
  });
});
