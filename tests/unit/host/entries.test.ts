/** Every module that is forked or given to a worker is found, and is part of the build. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { APP_ROOT, entryPath } from '../../../src/main/entries.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

it('finds the folder of the app', () => {
  expect(existsSync(join(APP_ROOT, 'package.json'))).toBe(true);
});

it('builds what it starts', () => {
  const config = readFileSync(join(ROOT, 'electron.vite.config.ts'), 'utf8');
  const sources = globSync('src/main/**/*.ts', { cwd: ROOT });
  const names = sources.flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(/entryPath\(\s*'([^']+)'/g)].map(
      ([, name = '']) => name,
    ),
  );
  expect(names).toContain('engine/index');
  for (const name of names) {
    expect(existsSync(entryPath(name)), name).toBe(true);
    expect(config, `'${name}' belongs into electron.vite.config.ts`).toContain(`'${name}'`);
  }
});
