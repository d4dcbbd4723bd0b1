/** Raw requests as a hostile page would send them: a typed error each time, nothing run, nothing lost. */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Lab, LabHolder } from '../../src/main/lab.ts';
import { systemRouter } from '../../src/main/rpc/system.ts';
import { router } from '../../src/main/rpc/trpc.ts';
import { workspaceRouter } from '../../src/main/rpc/workspace.ts';
import { RecentWorkspaces } from '../../src/main/workspace/recent-workspaces.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rationale-hostile-')));
const app = router({ workspace: workspaceRouter, system: systemRouter });
let labs: LabHolder;

const answer = z.union([
  z.object({ result: z.object({ data: z.unknown() }) }),
  z.object({
    error: z.object({
      data: z.object({
        stack: z.undefined().optional(),
        lab: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
      }),
    }),
  }),
]);

beforeAll(async () => {
  const lab = await Lab.open({ workspace: join(folder, 'w') });
  labs = new LabHolder(lab, new RecentWorkspaces(join(folder, 'config')));
});
afterAll(async () => {
  await labs.current.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function send(kind: 'query' | 'mutation', path: string, body: string) {
  const url = new URL(`http://127.0.0.1/rpc/${path}`);
  if (kind === 'query') url.searchParams.set('input', body);
  const request =
    kind === 'query'
      ? new Request(url)
      : new Request(url, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        });
  const response = await fetchRequestHandler({
    endpoint: '/rpc',
    req: request,
    router: app,
    createContext: () => ({ labs, host: 'test' as const }),
  });
  const parsed = answer.parse(await response.json());
  return 'error' in parsed ? parsed.error.data.lab : { code: 'done', data: parsed.result.data };
}

describe('raw requests', () => {
  it.each([
    ['query', 'workspace.nothing', '{}'],
    ['query', 'workspace.constructor', '{}'],
    ['query', '__proto__.toString', '{}'],
    ['mutation', 'workspace.current', '{}'],
    ['query', 'workspace.undo', '{}'],
    ['mutation', 'workspace.rename', '{"name":""}'],
    ['mutation', 'workspace.rename', `{"name":"${'x'.repeat(5000)}"}`],
    ['mutation', 'workspace.rename', '{"name":{"$gt":""}}'],
    ['mutation', 'workspace.rename', 'null'],
    ['mutation', 'workspace.rename', '{not json'],
    ['mutation', 'workspace.setSettings', '{"__proto__":{"theme":"dark"},"theme":7}'],
    ['mutation', 'workspace.create', '{"path":"relative"}'],
    ['mutation', 'workspace.create', JSON.stringify({ path: `/tmp/x${String.fromCharCode(0)}y` })],
    ['mutation', 'workspace.create', JSON.stringify({ path: `/${'a/'.repeat(3000)}` })],
    ['mutation', 'workspace.emptyTrash', '{"ids":"all"}'],
    ['query', 'system.listFolder', '{"path":"/etc","limit":1e9}'],
    ['query', 'system.listFolder', '{"path":["/etc"]}'],
    [
      'query',
      'system.listFolder',
      `{"path":"/tmp","extensions":${JSON.stringify(Array(50).fill('.x'))}}`,
    ],
  ] as const)('%s %s %#', async (kind, path, body) => {
    const lab = await send(kind, path, body);
    expect(lab).toMatchObject({ code: 'rpc/invalid-input', message: expect.any(String) });
  });

  it.each([
    ['workspace.create', '/proc/1/rationale', 'file/write-failed'],
    ['workspace.create', '/dev/null', 'workspace/invalid'],
    ['workspace.create', '/dev/null/x', 'file/write-failed'],
    ['workspace.open', '/etc', 'workspace/invalid'],
    ['workspace.open', '/', 'workspace/invalid'],
    ['workspace.create', '/etc', 'workspace/invalid'],
    ['workspace.backup', '/etc/passwd', 'file/write-failed'],
    ['workspace.backup', '/dev/full', 'file/write-failed'],
  ])('%s at %s is %s', async (path, at, code) => {
    expect(await send('mutation', path, JSON.stringify({ path: at }))).toMatchObject({ code });
    expect(labs.current.path).toBe(join(folder, 'w'));
  });

  it('keeps HTML in a name as the text it is', async () => {
    const name = `<img src=x onerror=alert(1)> "'; DROP TABLE meta; --`;
    expect(await send('mutation', 'workspace.rename', JSON.stringify({ name }))).toMatchObject({
      data: { name },
    });
    expect(await send('query', 'workspace.current', '')).toMatchObject({ data: { name } });
  });

  it('names the field and no path of this machine', async () => {
    const lab = await send('mutation', 'workspace.setSettings', '{"threads":"many"}');
    expect(lab).toMatchObject({ message: expect.stringMatching(/^threads: /) });
    expect(JSON.stringify(lab)).not.toContain(import.meta.dirname.slice(0, 10));
  });

  it('left nothing behind', () => {
    expect(readdirSync(folder).sort()).toEqual(['config', 'w']);
  });
});
