/** Folders that can be made, and folders that cannot: an error, and not a wait for ever. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFileAtomic, writeFolderAtomic } from '../../../src/engine/files/atomic.ts';
import { makeFolder } from '../../../src/engine/files/make-folder.ts';
import { RunFolder } from '../../../src/engine/run-folder/run-folder.ts';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'rationale-folder-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes what is missing and takes what is there', () => {
    const deep = join(base, 'a', 'b', 'c');
    makeFolder(deep);
    makeFolder(deep);
    makeFolder(`${deep}/../d/`);
    expect(statSync(deep).isDirectory()).toBe(true);
    expect(statSync(join(base, 'a', 'b', 'd')).isDirectory()).toBe(true);
  });

  it('fails where a file is in the way', () => {
    writeFileSync(join(base, 'file'), '');
    expect(() => makeFolder(join(base, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(base, 'file', 'below'))).toThrow(/ENOTDIR/);
  });

  // /proc answers every mkdir with "no such file".
  it.runIf(existsSync('/proc/self'))(
    'fails where nothing can be made, for all who use it',
    async () => {
      expect(() => makeFolder('/proc/nope/deeper')).toThrow(/ENOENT/);
      const refused = { code: 'file/write-failed' };
      await expect(writeFileAtomic('/proc/nope/deeper/x', '')).rejects.toMatchObject(refused);
      await expect(writeFolderAtomic('/proc/nope/deeper', async () => {})).rejects.toMatchObject(
        refused,
      );
      const run = { recipe: 'sft', seed: 1, config: {} };
      await expect(RunFolder.create('/proc/nope', run)).rejects.toMatchObject(refused);
    },
  );
});
