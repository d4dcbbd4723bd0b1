/** Model folders and paths that mean harm: a typed error or a listed problem each time, nothing followed. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../src/main/lab.ts';
import { summarizeWeights } from '../../src/main/models/weight-files.ts';
import { LabError } from '../../src/shared/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-hostile-models-'));
const starter = join(import.meta.dirname, '../../resources/starter');
let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open({ workspace: join(folder, 'workspace') });
});
afterAll(async () => {
  await lab.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the starter with some files replaced. */
function copyOf(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(folder, name);
  cpSync(starter, path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

function header(length: bigint, text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return Buffer.concat([bytes, Buffer.from(text)]);
}

describe('weights', () => {
  it.each([
    ['a header longer than the file', header(2n ** 60n, '{}')],
    ['a cut-off file', Buffer.from('abc')],
    ['a header that is no JSON', header(4n, '{{{{')],
    [
      'negative shapes',
      header(48n, '{"w":{"dtype":"F32","shape":[-4,4],"x":"padpad"}}'.slice(0, 48)),
    ],
  ])('%s is a problem, not a crash', (_, content) => {
    const path = copyOf(`weights-${Math.random()}`, { 'model.safetensors': content });
    const summary = summarizeWeights(path);
    expect(summary).toMatchObject({ params: null, hash: null });
    expect(summary.problem).not.toBeNull();
  });

  it('an import of it is refused with a typed error and leaves nothing', async () => {
    const path = copyOf('lying', { 'model.safetensors': header(2n ** 60n, '{}') });
    const before = lab.models.list().length;
    for (const isCopied of [false, true]) {
      const thrown = await lab.models.import({ path, isCopied }).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(LabError);
      expect(LabError.from(thrown).code).toBe('model/unsupported');
    }
    expect(lab.models.list()).toHaveLength(before);
  });
});

describe('links and names', () => {
  it('a copy holds what links lead to as files of its own, and never writes through them', async () => {
    const path = copyOf('linked', {});
    renameSync(join(path, 'chat_template.jinja'), join(path, 'real.jinja'));
    symlinkSync('real.jinja', join(path, 'chat_template.jinja'));
    symlinkSync(join(folder, 'workspace'), join(path, 'loop'));
    const node = await lab.models.import({ path, isCopied: true });
    expect(lstatSync(join(node.path, 'chat_template.jinja')).isFile()).toBe(true);
    expect(readdirSync(node.path)).not.toContain('loop');
    await lab.models.remove(node.id);
    await lab.trash.empty();
    expect(existsSync(join(path, 'real.jinja'))).toBe(true);
    expect(existsSync(join(folder, 'workspace/workspace.sqlite'))).toBe(true);
  });

  it('a link that leads out of the folder is refused', async () => {
    const path = copyOf('escaping', {});
    rmSync(join(path, 'chat_template.jinja'));
    symlinkSync('/etc/passwd', join(path, 'chat_template.jinja'));
    await expect(lab.models.import({ path, isCopied: true })).rejects.toMatchObject({
      code: 'model/unsupported',
    });
  });

  it('HTML in a name is kept as text', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const node = await lab.models.import({ path: starter, isCopied: false, name });
    expect(lab.models.get(node.id).name).toBe(name);
    await lab.models.remove(node.id);
  });

  it.each(['run:../../etc:1', 'run:x:../1', 'run:x:1e9', 'model:../../x', 'export:none', ''])(
    'the id %s finds nothing and deletes nothing',
    async (id) => {
      expect(() => lab.models.get(id)).toThrow(expect.objectContaining({ code: 'model/missing' }));
      await expect(lab.models.remove(id)).rejects.toMatchObject({ code: 'model/missing' });
    },
  );
});

describe('exports', () => {
  it.each([
    ['a file', () => join(folder, 'file.txt')],
    ['below a file', () => join(folder, 'file.txt/below')],
    ['a folder with content', () => join(folder, 'full')],
  ])('into %s is refused and changes nothing', (_, path) => {
    writeFileSync(join(folder, 'file.txt'), 'mine');
    mkdirSync(join(folder, 'full'), { recursive: true });
    writeFileSync(join(folder, 'full/mine.txt'), 'mine');
    expect(() =>
      lab.models.exports.start({ model: 'starter', format: 'full', path: path() }),
    ).toThrow(expect.objectContaining({ code: 'file/write-failed' }));
    expect(readFileSync(join(folder, 'file.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'full/mine.txt'), 'utf8')).toBe('mine');
  });
});
