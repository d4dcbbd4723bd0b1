/** The public rl fixtures, and that the checker itself cannot be fooled by what it does not know. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkObjectives, type ObjectiveRow } from '../../../src/engine/parity/objectives.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';

const PUBLIC_RL = fileURLToPath(new URL('../../fixtures/public/rl/', import.meta.url));
const runtime = Runtime.open({ threads: 1 });
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function check(folder: string): Promise<ObjectiveRow[]> {
  const rows: ObjectiveRow[] = [];
  for await (const row of checkObjectives(folder, runtime)) rows.push(row);
  return rows;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-rl-'));
  folders.push(folder);
  return folder;
}

describe('public fixtures', () => {
  it('agree in every number', async () => {
    const rows = await check(PUBLIC_RL);
    expect(rows.filter((row) => !row.ok)).toEqual([]);
    expect(rows).toHaveLength(121);
    // Far inside the pass mark: these are the same float64 formulas.
    for (const row of rows) expect(row.max_abs).toBeLessThan(1e-9);
  });

  it('are found from the folder above, too', async () => {
    const rows = await check(fileURLToPath(new URL('../../fixtures/public/', import.meta.url)));
    expect(rows).toHaveLength(121);
  });
});

describe('the checker', () => {
  it('reports files and cases it does not understand', async () => {
    const folder = temporaryFolder();
    cpSync(join(PUBLIC_RL, 'advantages.json'), join(folder, 'advantages.json'));
    writeFileSync(join(folder, 'mystery.json'), '{"cases": []}');
    writeFileSync(join(folder, 'papo.json'), '{"cases": [{"name": "broken", "params": {}}]}');
    writeFileSync(join(folder, 'dpo.json'), 'not json');
    writeFileSync(join(folder, 'README.md'), 'read me');
    const bad = (await check(folder)).filter((row) => !row.ok);
    expect(bad.map((row) => [row.file, row.case])).toEqual([
      ['dpo.json', '*'],
      ['mystery.json', '*'],
      ['papo.json', 'broken'],
    ]);
    expect(bad.every((row) => row.problem !== undefined && row.max_abs === null)).toBe(true);
  });

  it('notices a wrong number, a missing one and one it cannot compute', async () => {
    const folder = temporaryFolder();
    const file = JSON.parse(readFileSync(join(PUBLIC_RL, 'policy_loss.json'), 'utf8')) as {
      cases: { expected: Record<string, unknown> & { loss: number; grad_new_logps: number[][] } }[];
    };
    const cases = file.cases.slice(0, 4);
    if (cases[0]) cases[0].expected.loss += 2e-6;
    cases[1]?.expected.grad_new_logps.pop();
    if (cases[2]) cases[2].expected['brand_new'] = 1;
    writeFileSync(join(folder, 'policy_loss.json'), JSON.stringify({ cases }));
    const rows = await check(folder);
    expect(rows.map((row) => row.ok)).toEqual([false, false, false, true]);
    expect(rows[2]?.problem).toMatch(/brand_new/);
  });

  it('refuses a folder with nothing to check', async () => {
    await expect(check(temporaryFolder())).rejects.toMatchObject({ code: 'file/missing' });
    await expect(check('/nowhere/at/all')).rejects.toMatchObject({ code: 'file/missing' });
  });
});
