/** A process is killed while it writes: what it committed is there, and nothing of what it had not. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from '../workspace/temporary-folder.ts';

const WRITER = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));

describe('kill -9 in the middle of writing', () => {
  it('keeps every committed row, whole pairs only, and frees the lock', async () => {
    const path = temporaryFolder();
    const writer = fork(WRITER, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const committed = await new Promise<number>((resolve, reject) => {
      let last = 0;
      writer.on('message', (n) => {
        last = Number(n);
        if (last === 40) {
          // It is busy with the next ones; while it holds the folder nobody else gets in.
          expect(() => Workspace.open({ path })).toThrow(
            expect.objectContaining({ code: 'workspace/locked' }),
          );
          writer.kill('SIGKILL');
        }
      });
      writer.on('exit', () => resolve(last));
      writer.on('error', reject);
    });

    const workspace = Workspace.open({ path });
    const keys = workspace.db.prepare<[], string>('SELECT key FROM setting').pluck().all();
    const has = new Set(keys);
    for (let n = 1; n <= committed; n += 1) {
      expect(has.has(`left ${n}`) && has.has(`right ${n}`), `pair ${n}`).toBe(true);
    }
    for (const key of keys) {
      const [side, n] = key.split(' ');
      expect(has.has(`${side === 'left' ? 'right' : 'left'} ${n}`), key).toBe(true);
    }
    expect(workspace.db.pragma('integrity_check', { simple: true })).toBe('ok');
    workspace.dispose();
  });
});
