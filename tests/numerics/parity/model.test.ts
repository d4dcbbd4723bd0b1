/** Every number of the public parity fixture, and that a wrong or missing one is noticed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ParityRow } from '../../../src/engine/parity/difference.ts';
import { checkModel } from '../../../src/engine/parity/model.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { PUBLIC } from '../../support/public-fixture.ts';

const runtime = Runtime.open({ threads: 1 });
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function check(folder: string): Promise<ParityRow[]> {
  const rows: ParityRow[] = [];
  for await (const row of checkModel(runtime, folder)) rows.push(row);
  return rows;
}

/** A copy whose expectations the test spoils; one case, to be quick. */
function spoiled(change: (expected: Expectations) => void, name = 'text'): string {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-parity-'));
  folders.push(folder);
  cpSync(`${PUBLIC}parity`, folder, { recursive: true });
  const file = join(folder, 'expected.json');
  // The fixture's own form, read by nobody else here.
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Expectations;
  expected.cases = Object.fromEntries(
    Object.entries(expected.cases).filter(([key]) => key === name),
  );
  delete expected.adamw;
  delete expected.lora;
  change(expected);
  writeFileSync(file, JSON.stringify(expected));
  return folder;
}

interface Expectations {
  cases: Record<
    string,
    {
      sft: { loss: number; grad_norms: Record<string, number> };
      hidden_state_checksums: Record<string, { l2: number }>;
    }
  >;
  adamw?: unknown;
  lora?: unknown;
}

describe('public fixture', () => {
  it('agrees in every tensor', async () => {
    const rows = await check(PUBLIC);
    expect(rows.filter((row) => !row.ok)).toEqual([]);
    const perCase = Object.entries(Object.groupBy(rows, (row) => row.case));
    expect(Object.fromEntries(perCase.map(([name, own]) => [name, own?.length]))).toEqual({
      preprocess_0: 2,
      preprocess_1: 2,
      text: 21,
      image: 36,
      two_images: 25,
      video: 25,
      left_padded: 35,
      left_padded_text: 15,
      adamw: 18,
      'lora/image': 11,
      'lora/left_padded': 11,
    });
  });
});

describe('the checker', () => {
  it('notices a wrong loss, gradient norm and checksum, and nothing else', async () => {
    const rows = await check(
      spoiled(({ cases }) => {
        const { text } = cases;
        if (text === undefined) throw new Error('no text case');
        text.sft.loss += 2e-4;
        const [name = ''] = Object.keys(text.sft.grad_norms);
        text.sft.grad_norms[name] = 2 * (text.sft.grad_norms[name] ?? 0);
        const norm = text.hidden_state_checksums['model.norm'];
        if (norm !== undefined) norm.l2 *= 1.001;
      }),
    );
    expect(rows.filter((row) => !row.ok).map((row) => row.tensor)).toEqual([
      'hidden/model.norm',
      'sft/loss',
      'sft/grad_norms',
    ]);
  });

  it('counts a gradient that nobody computes as wrong', async () => {
    const rows = await check(
      spoiled(({ cases }) => {
        if (cases['text'] !== undefined) cases['text'].sft.grad_norms['model.brand_new'] = 1;
      }),
    );
    expect(rows.filter((row) => !row.ok).map((row) => row.tensor)).toEqual(['sft/grad_norms']);
  });

  it('refuses a folder without expectations, and expectations of another form', async () => {
    await expect(check('/nowhere/at/all')).rejects.toMatchObject({ code: 'file/missing' });
    const folder = spoiled((expected) => {
      Object.assign(expected, { cases: { text: {} } });
    });
    await expect(check(folder)).rejects.toMatchObject({ code: 'file/corrupt' });
  });
});
