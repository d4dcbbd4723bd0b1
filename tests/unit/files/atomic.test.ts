/** Files and folders that appear whole or not at all, JSON limits, and calls that do not end. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  streamFileAtomic,
  writeFileAtomic,
  writeFolderAtomic,
} from '../../../src/engine/files/atomic.ts';
import { parseJson, readJsonFile } from '../../../src/engine/files/json-file.ts';
import { checkSafePattern } from '../../../src/engine/files/safe-pattern.ts';
import { withTimeLimit } from '../../../src/engine/files/time-limit.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('atomic writes', () => {
  it('replace a file, create folders and leave nothing behind', async () => {
    const path = join(folder, 'deep', 'er', 'x.txt');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, Buffer.from('two'));
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'deep', 'er'))).toEqual(['x.txt']);
  });

  it('tell that a file is where a folder should be', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    const below = join(folder, 'file', 'x.txt');
    await expect(writeFileAtomic(below, 'y')).rejects.toMatchObject({ code: 'file/write-failed' });
    const model = writeFolderAtomic(below, async () => undefined);
    await expect(model).rejects.toMatchObject({ code: 'file/write-failed' });
  });

  it('keep the old file when writing fails half way', async () => {
    const path = join(folder, 'x.txt');
    await writeFileAtomic(path, 'old');
    const failing = streamFileAtomic(path, async (handle) => {
      await handle.writeFile('ne');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toMatchObject({ code: 'file/write-failed' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['x.txt']);
  });

  it('keep the old folder when filling the new one fails, and replace it only when asked', async () => {
    const target = join(folder, 'model');
    const fill = (text: string) => async (at: string) => writeFileSync(join(at, 'x'), text);
    await writeFolderAtomic(target, fill('old'));
    await expect(writeFolderAtomic(target, fill('new'))).rejects.toMatchObject({
      code: 'file/write-failed',
    });
    const failing = async () => {
      throw new Error('stop');
    };
    await expect(writeFolderAtomic(target, failing, { overwrite: true })).rejects.toThrow(/stop/);
    expect(readFileSync(join(target, 'x'), 'utf8')).toBe('old');
    await writeFolderAtomic(target, fill('new'), { overwrite: true });
    expect(readFileSync(join(target, 'x'), 'utf8')).toBe('new');
    mkdirSync(join(folder, 'empty'));
    await writeFolderAtomic(join(folder, 'empty'), fill('filled'));
    expect(readdirSync(folder).sort()).toEqual(['empty', 'model']);
  });
});

describe('limits', () => {
  it('hold for JSON', () => {
    writeFileSync(join(folder, 'x.json'), '{"a": "[[[[[", "b": [1]}');
    expect(readJsonFile(join(folder, 'x.json'), { maxDepth: 2 })).toEqual({ a: '[[[[[', b: [1] });
    const unsafe = expect.objectContaining({ code: 'file/unsafe' });
    expect(() => readJsonFile(join(folder, 'x.json'), { maxBytes: 3 })).toThrow(unsafe);
    expect(() => parseJson('['.repeat(1e6), 'x')).toThrow(unsafe);
    expect(() => readJsonFile(folder)).toThrow(unsafe);
    expect(() => parseJson('{', 'x')).toThrow(expect.objectContaining({ code: 'file/corrupt' }));
  });

  it('end a call, also inside a regular expression, and pass results and errors through', () => {
    const evil = () => /^(a+)+$/.test(`${'a'.repeat(40)}!`);
    expect(() => withTimeLimit('test', 50, evil)).toThrow(/did not finish in 50 ms/);
    expect(withTimeLimit('test', 50, () => withTimeLimit('inner', 50, () => 3))).toBe(3);
    expect(() =>
      withTimeLimit('test', 50, () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
  });

  it('let the patterns of real tokenizers and adapters through', () => {
    for (const pattern of [
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
      '.*language_model.*\\.(q_proj|k_proj)',
      '^(?!.*visual).*(?:q_proj|v_proj).*',
      '[()*+]+\\)*',
    ]) {
      expect(() => checkSafePattern(pattern, 'test')).not.toThrow();
    }
  });
});
