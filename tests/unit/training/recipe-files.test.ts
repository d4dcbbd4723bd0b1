/** The recipe files that come with the project: they resolve, and what they name is there. */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonlSource } from '../../../src/engine/data/jsonl-source.ts';
import { worldSource } from '../../../src/engine/data/world-source.ts';
import { loadRecipe, shippedRecipes } from '../../../src/engine/jobs/recipe-source.ts';

const FOLDER = fileURLToPath(new URL('../../../resources/recipes/', import.meta.url));
const FILES = readdirSync(FOLDER);

describe('recipe files', () => {
  it('are there', () => {
    expect(FILES).toContain('demo-cold-start.yaml');
    expect(FILES).toContain('demo-grpo.yaml');
  });

  it.each(FILES)('%s resolves and its data can be read', async (name) => {
    const recipe = await loadRecipe({ recipe: join(FOLDER, name), set: {} });
    const { data, training } = recipe.slots;
    if (data.source !== 'world') {
      expect(isAbsolute(data.source)).toBe(true);
      expect(existsSync(data.source)).toBe(true);
    }
    const source = data.source === 'world' ? worldSource(data) : jsonlSource(data.source);
    const item = await source.at(0);
    expect(item.question).not.toBe('');
    if (recipe.shape === 'supervised') {
      for (let i = 0; i < (source.count ?? 1); i++)
        expect((await source.at(i)).completion).toMatch(/<answer>/);
    }
    expect(training.steps * training.promptsPerStep).toBeGreaterThan(0);
  });

  it('are named like recipes and listed with them', async () => {
    const { id, slots } = await loadRecipe({ recipe: 'starter-grpo', set: {} });
    expect([id, slots.data.suffix, slots.model.path]).toEqual(['grpo', ' think', 'starter']);
    for (const { name, note } of shippedRecipes()) {
      expect(FILES).toContain(`${name}.yaml`);
      expect(note).not.toBe('');
    }
    await expect(loadRecipe({ recipe: 'starter-gpro', set: {} })).rejects.toMatchObject({
      code: 'recipe/unknown',
    });
  });

  it('take further settings', async () => {
    const file = join(FOLDER, 'demo-grpo.yaml');
    const set = { 'training.steps': 3, 'rollout.groupSize': 4 };
    const { slots } = await loadRecipe({ recipe: file, set });
    expect(slots).toMatchObject({ training: { steps: 3 }, rollout: { groupSize: 4 } });
    await expect(
      loadRecipe({ recipe: file, set: { 'rollout.groupsize': 4 } }),
    ).rejects.toMatchObject({
      code: 'recipe/invalid',
    });
  });
});
