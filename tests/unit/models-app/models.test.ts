/** The models room with a real workspace, real run folders and a real engine. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../../src/main/lab.ts';
import type { ModelNode } from '../../../src/shared/model/model.ts';
import { makeTinyRuns, type TinyRuns } from './run-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-models-'));
const workspace = join(folder, 'workspace');
let lab: Lab;
let runs: TinyRuns;
beforeAll(async () => {
  lab = await Lab.open({ workspace });
  runs = await makeTinyRuns(workspace, folder);
}, 60_000);
afterAll(async () => {
  await lab.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const checkpoint = (run: string, step: number): ModelNode => lab.models.get(`run:${run}:${step}`);

describe('the family tree', () => {
  it('goes from the base over a run to the run on its checkpoint', async () => {
    const base = await lab.models.import({ path: runs.model, isCopied: false, name: 'tiny' });
    expect(checkpoint(runs.base, 3).parent).toBe(base.id);
    expect(checkpoint(runs.next, 2).parent).toBe(`run:${runs.base}:3`);
    expect(checkpoint(runs.lora, 1)).toMatchObject({
      kind: 'adapter',
      isAdapter: true,
      parent: base.id,
      problems: [],
    });
    expect(lab.models.list().map(({ id }) => id)).toContain('starter');
  });

  it('tells size, parameters, recipe, data and scores of the step', () => {
    const node = checkpoint(runs.next, 1);
    expect(node).toMatchObject({ recipe: 'grpo', step: 1, isOwned: true, isMissing: false });
    expect(node.bytes).toBeGreaterThan(node.params ?? Number.POSITIVE_INFINITY);
    expect(node.dataView).toEqual({ name: 'world, train', hash: null });
    expect(node.scores).toHaveProperty(['reward/mean']);
    expect(checkpoint(runs.next, 2).scores).not.toEqual(node.scores);
  });

  it('says which model is missing and which was made from something that is gone', async () => {
    const away = join(folder, 'away');
    renameSync(runs.model, away);
    const missing = lab.models.list().find(({ name }) => name === 'tiny');
    renameSync(away, runs.model);
    expect(missing).toMatchObject({ isMissing: true, bytes: 0 });
    await lab.models.remove(`run:${runs.base}:3`);
    const orphan = lab.models.list().find(({ id }) => id === `run:${runs.next}:2`);
    expect(orphan?.parent).toBeNull();
    expect(orphan?.problems).toEqual([expect.objectContaining({ part: 'base', level: 'note' })]);
    await lab.history.undo();
    expect(checkpoint(runs.base, 3).problems).toEqual([]);
  });

  it('a window hears of a new checkpoint, and of nothing when only numbers changed', async () => {
    const aLook = () => new Promise((resolve) => setTimeout(resolve, 1200));
    // What the tests before this one moved is found first.
    lab.changes.touch('runs');
    await aLook();
    const rooms: string[] = [];
    const stop = lab.changes.subscribe((room) => rooms.push(room));
    const heard = () => rooms.filter((room) => room === 'models').length;
    lab.changes.touch('runs');
    await aLook();
    expect(heard()).toBe(0);
    const from = join(workspace, 'runs', runs.base, 'checkpoints');
    cpSync(join(from, 'step-000003'), join(from, 'step-000009'), { recursive: true });
    lab.changes.touch('runs');
    await expect.poll(heard, { timeout: 5000 }).toBe(1);
    rmSync(join(from, 'step-000009'), { recursive: true });
    stop();
  });

  it('says where the recipes of two models differ', () => {
    const { recipe, isSameShape } = lab.models.compare(`run:${runs.base}:3`, `run:${runs.lora}:1`);
    const paths = recipe.map(({ path }) => path);
    expect(paths).toContain('model.lora');
    expect(paths).not.toContain('optimizer.beta1');
    expect(isSameShape).toBe(false);
    expect(lab.models.compare('starter', 'starter')).toMatchObject({
      isSameShape: true,
      recipe: [],
    });
  });

  it('names, notes and pins, with undo', async () => {
    const id = `run:${runs.base}:2`;
    lab.models.annotate({ id, name: 'the good one', isPinned: true });
    expect(lab.models.get(id)).toMatchObject({ name: 'the good one', isPinned: true });
    await lab.history.undo();
    expect(lab.models.get(id)).toMatchObject({ isPinned: false });
    expect(lab.models.get(id).name).toMatch(/step 2$/);
  });

  it('the starter stays', async () => {
    await expect(lab.models.remove('starter')).rejects.toMatchObject({ code: 'model/in-use' });
    expect(() => lab.models.get('model:none')).toThrow(
      expect.objectContaining({ code: 'model/missing' }),
    );
    expect(() => lab.models.get('run:../../x:1')).toThrow(
      expect.objectContaining({ code: 'model/missing' }),
    );
  });
});

describe('retention', () => {
  it('keeps the newest, the best and parents, and previews the exact bytes', async () => {
    const policy = {
      best: { metric: 'objective/loss', direction: 'lower' as const, count: 1 },
      last: 1,
      keepNamed: true,
    };
    lab.models.annotate({ id: `run:${runs.base}:1`, note: 'keep me' });
    const preview = lab.models.retention.preview(undefined, policy);
    const of = (run: string) => preview.runs.find((one) => one.run === run);
    expect(of(runs.base)?.keep.find(({ step }) => step === 1)?.reasons).toContain('has a note');
    expect(of(runs.base)?.keep.find(({ step }) => step === 3)?.reasons).toContain(
      'other models were made from it',
    );
    const dropped = preview.runs.flatMap(({ drop }) => drop);
    const bytes = dropped.map(({ id }) => lab.models.get(id).bytes);
    expect(preview.freedBytes).toBe(bytes.reduce((sum, size) => sum + size, 0));

    lab.models.retention.set(undefined, policy);
    const before = lab.models.list().length;
    expect(await lab.models.retention.apply(undefined)).toEqual({
      removed: dropped.length,
      freedBytes: preview.freedBytes,
    });
    expect(lab.models.list()).toHaveLength(before - dropped.length);
    await lab.history.undo();
    expect(lab.models.list()).toHaveLength(before);
    expect(lab.trash.list().items).toEqual([]);
  });

  it('what a crash left between run and trash goes back when the workspace opens', async () => {
    const other = join(folder, 'crashed');
    cpSync(join(workspace, 'runs'), join(other, 'runs'), { recursive: true });
    const staged = join(other, 'models/.dropped-x', runs.base);
    rmSync(join(other, 'models'), { recursive: true, force: true });
    const from = join(other, 'runs', runs.base, 'checkpoints/step-000001');
    cpSync(from, join(staged, 'step-000001'), { recursive: true });
    rmSync(from, { recursive: true });
    const reopened = await Lab.open({ workspace: other });
    expect(reopened.models.get(`run:${runs.base}:1`).bytes).toBeGreaterThan(0);
    expect(readdirSync(join(other, 'models'))).toEqual([]);
    await reopened.dispose();
  });
});

describe('import', () => {
  it('copies on request, and puts its own copy in the trash', async () => {
    const node = await lab.models.import({ path: runs.model, isCopied: true, name: 'copy' });
    expect(node.isOwned).toBe(true);
    expect(node.path.startsWith(join(workspace, 'models'))).toBe(true);
    const { trashId } = await lab.models.remove(node.id);
    expect(trashId).not.toBeNull();
    expect(existsSync(node.path)).toBe(false);
    await lab.history.undo();
    expect(lab.models.get(node.id)).toMatchObject({ isMissing: false, hash: node.hash });
  });

  it('forgets a folder that is not ours and leaves its files', async () => {
    const node = await lab.models.import({ path: runs.model, isCopied: false });
    expect(await lab.models.remove(node.id)).toEqual({ trashId: null });
    expect(existsSync(join(runs.model, 'config.json'))).toBe(true);
    await lab.history.undo();
    expect(lab.models.get(node.id).isMissing).toBe(false);
  });

  it('refuses what cannot be loaded, naming the part', async () => {
    const broken = join(folder, 'broken');
    cpSync(runs.model, broken, { recursive: true });
    rmSync(join(broken, 'tokenizer.json'));
    const check = await lab.models.check(broken, undefined);
    expect(check.ok).toBe(false);
    expect(check.problems.map(({ part }) => part)).toContain('tokenizer');
    await expect(lab.models.import({ path: broken, isCopied: false })).rejects.toMatchObject({
      code: 'model/unsupported',
    });
    await expect(
      lab.models.import({ path: join(folder, 'nowhere'), isCopied: false }),
    ).rejects.toMatchObject({ code: 'file/missing' });
  });

  it('says when the files are no longer the imported ones', async () => {
    const changed = join(folder, 'changed');
    cpSync(runs.model, changed, { recursive: true });
    const { id } = await lab.models.import({ path: changed, isCopied: false });
    writeFileSync(join(changed, 'config.json'), '{"changed": true}');
    expect(lab.models.get(id).problems).toEqual([
      expect.objectContaining({ part: 'tensors', level: 'block' }),
    ]);
  });
});
