/**
 * The import map must bite. tests/layering/planted mirrors the tree with one file per rule, named
 * after the rule that it breaks; a rule whose planted file is not reported checks nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkImports, ruleNames } from '../../scripts/check-imports.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const planted = join(root, 'tests/layering/planted');

describe('planted violations', async () => {
  const { modules, violations } = await checkImports(planted);

  it('reads the planted tree', () => expect(modules).toBeGreaterThan(20));

  it.each(ruleNames)('%s is reported', (rule) => {
    const files = violations.filter((found) => found.rule === rule).map((found) => found.from);
    expect(files.some((file) => file.endsWith(`/${rule}.ts`))).toBe(true);
  });

  it('reports nothing but what was planted', () => {
    const unplanned = violations.filter(({ rule, from }) => !from.endsWith(`/${rule}.ts`));
    expect(unplanned).toEqual([]);
  });
});

describe('the addon', () => {
  it('is loaded by name in engine/native only (a dynamic load escapes the import map)', () => {
    const offenders = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.startsWith('engine/native/'))
      .filter((file) => {
        const text = readFileSync(join(root, 'src', file), 'utf8');
        return /process\.dlopen|['"`/][\w-]+\.node['"`]/.test(text);
      });
    expect(offenders.map((file) => relative(root, file))).toEqual([]);
  });
});
