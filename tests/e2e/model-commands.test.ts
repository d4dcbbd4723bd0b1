/** Asking a model from the command line: pictures in, text out; accuracy of many; what it refuses. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../src/engine/files/safetensors.ts';
import { type CliResult, hasStarter, jsonLines, rationale } from '../support/cli.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';

/** Each test is several processes; a busy machine takes its time. */
const SLOW = { timeout: 240_000 };
let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'rationale-e2e-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const run = (...args: string[]): Promise<CliResult> => rationale(args, { cwd: base });

async function picture(): Promise<{ readonly file: string; readonly question: string }> {
  const made = await run(
    'world',
    'sample',
    '--task',
    'follow',
    '--n',
    '1',
    '--out',
    'pictures',
    '--json',
  );
  expect(made.code).toBe(0);
  const [sample] = jsonLines(made.stdout);
  const [file = ''] = readdirSync(join(base, 'pictures'));
  return { file: join('pictures', file), question: String(sample?.['question']) };
}

describe.skipIf(!hasStarter())('the starter', SLOW, () => {
  it('answers a question about a picture, the same way twice', async () => {
    const { file, question } = await picture();
    const args = ['generate', '--image', file, '--prompt', question, '--samples', '3', '--json'];
    const first = await run(...args);
    expect(first).toMatchObject({ code: 0 });
    const rows = jsonLines(first.stdout);
    expect(rows.map((row) => row['sample'])).toEqual([0, 1, 2]);
    for (const row of rows) {
      expect(row['text']).toMatch(/<answer>/);
      expect(row['logprob']).toBeLessThanOrEqual(0);
      expect(row['prompt_tokens']).toBeGreaterThan(16);
    }
    const texts = (result: CliResult) => jsonLines(result.stdout).map((row) => row['text']);
    expect(texts(await run(...args))).toEqual(texts(first));
    const plain = await run(
      'generate',
      '--image',
      file,
      '--prompt',
      question,
      '--temperature',
      '0',
    );
    expect(plain.stdout).toMatch(/<answer>/);
  });

  it('reads several pictures and a clip', async () => {
    const { file } = await picture();
    const greedy = ['--temperature', '0', '--max-tokens', '8', '--json'];
    const tokens = async (...args: string[]) => {
      const result = await run('generate', '--prompt', 'what is there?', ...args, ...greedy);
      expect(result).toMatchObject({ code: 0 });
      return Number(jsonLines(result.stdout)[0]?.['prompt_tokens']);
    };
    const one = await tokens('--image', file);
    const two = await tokens('--image', file, '--image', file);
    expect(two).toBeGreaterThan(one + 15);
    // Two frames make one temporal patch.
    expect(await tokens('--frame', file, '--frame', file)).toBe(one);
  });

  it('is evaluated with an interval, by task and difficulty', async () => {
    const result = await run('eval', '--task', 'follow', '--task', 'read', '--n', '6', '--json');
    expect(result).toMatchObject({ code: 0 });
    const [row] = jsonLines(result.stdout);
    expect(row).toMatchObject({ n: 12, slices: { follow: { n: 6 }, read: { n: 6 } } });
    const [low = 2, high = -1] = (row?.['ci95'] ?? []) as number[]; // as printed
    expect(low).toBeLessThanOrEqual(Number(row?.['accuracy']));
    expect(high).toBeGreaterThanOrEqual(Number(row?.['accuracy']));
  });
});

describe('bad input', SLOW, () => {
  /** Exit code 2, one typed error, nothing on stdout and no new file. */
  async function expectRefused(code: string, ...args: string[]): Promise<void> {
    const before = readdirSync(base, { recursive: true });
    const [plain, json] = await Promise.all([run(...args), run(...args, '--json')]);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain(`error[${code}]: `);
    expect(json).toMatchObject({ code: 2, stdout: '' });
    expect(jsonLines(json.stderr).at(-1)).toMatchObject({ error: { code } });
    expect(readdirSync(base, { recursive: true })).toEqual(before);
  }

  it('a missing picture, a text as a picture', async () => {
    writeFileSync(join(base, 'text.png'), 'this is no picture');
    await expectRefused('file/missing', 'generate', '--prompt', 'x', '--image', 'absent.png');
    await expectRefused('image/invalid', 'generate', '--prompt', 'x', '--image', 'text.png');
  });

  it('a model that is missing, no folder, or has no weights', async () => {
    mkdirSync(join(base, 'empty'));
    await expectRefused('file/missing', 'generate', '--prompt', 'x', '--model', 'absent');
    await expectRefused('file/missing', 'eval', '--model', 'empty');
  });

  it('weights that were cut short, that have another shape, that are incomplete', async () => {
    const model = await writeTinyModel(base);
    const weights = join(model, 'model.safetensors');
    const { tensors } = openSafetensors(weights);
    const held = new Map(
      [...tensors].map(([name, tensor]) => {
        const data = tensor.bytes();
        return [name, { ...tensor, bytes: () => data }] as const;
      }),
    );
    const [first = ''] = [...held.keys()].filter(
      (name) => (held.get(name)?.shape.length ?? 0) === 2,
    );
    const tensor = held.get(first);
    if (tensor === undefined) throw new Error('no matrix');
    await writeSafetensors(
      weights,
      new Map([...held, [first, { ...tensor, shape: tensor.shape.toReversed() }]]),
    );
    await expectRefused('safetensors/mismatch', 'generate', '--prompt', 'x', '--model', model);
    await writeSafetensors(weights, new Map([...held].filter(([name]) => name !== first)));
    await expectRefused('safetensors/mismatch', 'generate', '--prompt', 'x', '--model', model);
    await writeSafetensors(weights, held);
    truncateSync(weights, 4000);
    await expectRefused('safetensors/corrupt', 'generate', '--prompt', 'x', '--model', model);
    await expectRefused('safetensors/corrupt', 'sft', '--steps', '1', '--model', model);
    expect(existsSync(join(base, 'runs'))).toBe(false);
  });

  it('a recipe field that does not exist, data that is not there', async () => {
    await expectRefused('recipe/invalid', 'grpo', '--set', 'rollout.groupsize=4');
    await expectRefused('recipe/unknown', 'run', 'start', 'gropo');
    await expectRefused('file/missing', 'sft', '--data', 'absent.jsonl', '--steps', '1');
    await expectRefused('world/unknown-task', 'eval', '--task', 'nothing');
  });
});

describe('model folders', () => {
  it('are checked part by part, and written out once', SLOW, async () => {
    const folder = await writeTinyModel(base);
    const check = await run('model', 'check', folder, '--json');
    expect(check.code).toBe(0);
    expect(jsonLines(check.stdout)).toMatchObject([{ ok: true, kind: 'model', problems: [] }]);
    const exported = await run('model', 'export', folder, '--out', 'written', '--json');
    expect(exported.code).toBe(0);
    expect(jsonLines(exported.stdout)).toMatchObject([{ format: 'full', isChecked: true }]);
    expect((await run('model', 'export', folder, '--out', 'written')).code).toBe(2);
    expect((await run('model', 'check', base)).code).toBe(1);
  });
});
