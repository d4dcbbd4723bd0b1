/** The recipes room with a real workspace and a real engine: forms, checks, YAML, saved versions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../../src/main/lab.ts';
import { LabError } from '../../../src/shared/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-recipes-'));
let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open({ workspace: folder });
});
afterAll(async () => {
  await lab.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('forms', () => {
  it('lists built-in and shipped recipes with their parents', async () => {
    const list = await lab.recipes.list();
    const find = (id: string) => list.find((recipe) => recipe.id === id);
    expect(find('grpo')).toMatchObject({ source: 'built-in', shape: 'online-rl', parent: null });
    expect(find('starter-grpo')).toMatchObject({ source: 'shipped', parent: 'grpo' });
  });

  it('gives every field a description, a group and the default of the recipe', async () => {
    const schema = await lab.recipes.schema('starter-grpo');
    expect(schema.base).toBe('grpo');
    expect(schema.fields.filter(({ description }) => description === '')).toEqual([]);
    const groups = new Set(schema.groups.map(({ id }) => id));
    expect(schema.fields.filter(({ group }) => !groups.has(group))).toEqual([]);
    expect(schema.defaults).toMatchObject({ training: { steps: 150 } });
    expect(schema.paperDefaults).toMatchObject({ training: { steps: 100 } });
  });

  it('an unknown recipe is a typed error', async () => {
    await expect(lab.recipes.schema('grpoo')).rejects.toMatchObject({ code: 'recipe/unknown' });
    expect(() => lab.recipes.saved('saved:none')).toThrow(
      expect.objectContaining({ code: 'recipe/unknown' }),
    );
  });
});

describe('the check while typing', () => {
  const check = (draft: Parameters<Lab['recipes']['check']>[0], session = 'test') =>
    lab.recipes.check(draft, { session });

  it('names field and line of every problem', async () => {
    const yaml = 'recipe: grpo\ntraining:\n  stepz: 5\n  promptsPerStep: -3\n';
    const { ok, problems } = await check({ id: 'grpo', yaml });
    expect(ok).toBe(false);
    expect(problems.map(({ path, line }) => [path, line])).toEqual([
      ['training.promptsPerStep', 4],
      ['training.stepz', 3],
    ]);
    expect(problems[1]?.hint).toContain('training.steps');
  });

  it('text that is no YAML is a problem with its line, not an error', async () => {
    const { ok, problems } = await check({ id: 'grpo', yaml: 'recipe: grpo\ntraining: [1\n' });
    expect(ok).toBe(false);
    expect(problems[0]?.line).toBeGreaterThan(1);
  });

  it('tells where the draft differs from its recipe', async () => {
    const slots = { training: { steps: 7 }, advantage: { kind: 'group-mean' } };
    const { ok, differences } = await check({ id: 'grpo', slots });
    const changed = Object.fromEntries(differences.map(({ path, to }) => [path, to]));
    expect(changed['training.steps']).toBe(7);
    if (ok) expect(Object.keys(changed)).toContain('advantage');
  });

  it('of many drafts in one session only the first and the newest are looked at', async () => {
    const drafts = Array.from({ length: 12 }, (_, i) =>
      check({ id: 'grpo', slots: { training: { steps: i + 1 } } }, 'typing'),
    );
    const results = await Promise.allSettled(drafts);
    const looked = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    expect(looked).toEqual([0, 11]);
    const dropped = results.flatMap((result) =>
      result.status === 'rejected' ? [LabError.from(result.reason).code] : [],
    );
    expect(new Set(dropped)).toEqual(new Set(['engine/cancelled']));
  });
});

describe('YAML', () => {
  it('of the changes resolves to the same as the form', async () => {
    const draft = { id: 'starter-grpo', slots: { optimizer: { learningRate: 3e-5 } } };
    const { yaml } = await lab.recipes.toYaml({ ...draft, extent: 'changes', hasComments: true });
    const [form, text] = [
      await lab.recipes.check(draft, { session: 'form' }),
      await lab.recipes.check({ id: 'grpo', yaml }, { session: 'text' }),
    ];
    expect(text.ok).toBe(true);
    expect(text.resolved).toEqual(form.resolved);
  });

  it('of all slots resolves to the same, too', async () => {
    const { yaml } = await lab.recipes.toYaml({ id: 'dpo', extent: 'all', hasComments: false });
    const { resolved } = await lab.recipes.check({ id: 'dpo', yaml }, { session: 'all' });
    expect(resolved).toEqual(await lab.recipes.defaults('dpo'));
  });

  it('of an unchanged recipe is its name', async () => {
    const { yaml } = await lab.recipes.toYaml({
      id: 'grpo',
      extent: 'changes',
      hasComments: false,
    });
    expect(yaml).toBe('recipe: grpo\n');
  });
});

describe('saved recipes', () => {
  it('keeps every version, and undo goes back', async () => {
    const draft = (steps: number) => ({ id: 'grpo', slots: { training: { steps } } });
    const first = await lab.recipes.save({ name: 'mine', note: 'a', draft: draft(5) });
    const { id } = first;
    const second = await lab.recipes.save({ id, name: 'mine', note: 'b', draft: draft(6) });
    expect(second.version).toBe(2);
    expect(second.versions.map(({ version }) => version)).toEqual([2, 1]);
    await lab.history.undo();
    expect(lab.recipes.saved(id)).toMatchObject({
      version: 1,
      note: 'a',
      slots: { training: { steps: 5 } },
    });
    await lab.history.redo();
    expect(lab.recipes.saved(id)).toMatchObject({ version: 2, slots: { training: { steps: 6 } } });
    expect(lab.recipes.revert(id, 1).slots).toEqual({ training: { steps: 5 } });
    expect(await lab.recipes.defaults(id)).toMatchObject({ training: { steps: 5 } });
    const schema = await lab.recipes.schema(id);
    expect(schema.fields.find(({ path }) => path === 'training.steps')?.default).toBe(5);
  });

  it('deleted ones lie in the trash with all versions', async () => {
    const saved = await lab.recipes.save({
      name: 'gone',
      note: '',
      draft: { id: 'sft', slots: { training: { steps: 3 } } },
    });
    await lab.recipes.remove(saved.id);
    expect(() => lab.recipes.saved(saved.id)).toThrow();
    const item = lab.trash.list().items.find(({ kind }) => kind === 'recipe');
    await lab.trash.restore(item?.id ?? '');
    expect(lab.recipes.saved(saved.id)).toEqual(saved);
  });

  it('refuses a draft that does not fit, with its problems', async () => {
    const draft = { id: 'grpo', slots: { training: { steps: -1 } } };
    await expect(lab.recipes.save({ name: 'bad', note: '', draft })).rejects.toMatchObject({
      code: 'recipe/invalid',
      details: { problems: [expect.objectContaining({ path: 'training.steps' })] },
    });
  });

  it('imports a file that names its recipe, and no other', async () => {
    const yaml = 'recipe: sft\nnote: for a test\ntraining:\n  steps: 4\n';
    const saved = await lab.recipes.importYaml({ name: 'imported', yaml });
    expect(saved).toMatchObject({
      base: 'sft',
      note: 'for a test',
      slots: { training: { steps: 4 } },
    });
    await expect(
      lab.recipes.importYaml({ name: 'none', yaml: 'training:\n  steps: 4\n' }),
    ).rejects.toMatchObject({ code: 'recipe/invalid' });
  });
});
