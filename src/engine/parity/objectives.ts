/**
 * Checks every case of an `rl/` fixture folder: advantages, policy, perception, preference and
 * supervised losses with their gradients and metrics, in float64, against every number it expects.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { readJsonFile } from '../files/json-file.ts';
import { Runtime } from '../runtime/runtime.ts';
import { advantageCase, computeAdvantageCase } from './objectives/advantages.ts';
import { type Computed, compareCase, type ObjectiveRow } from './objectives/compare.ts';
import { DpoChecker, dpoCase, dpoExpected } from './objectives/dpo.ts';
import { LogitChecker } from './objectives/logits.ts';
import { PolicyChecker, papoCase, policyCase } from './objectives/policy.ts';
import { computeSftCase, sftCase } from './objectives/sft.ts';

export type { ObjectiveRow } from './objectives/compare.ts';

const fixtureFile = z.looseObject({ cases: z.array(z.unknown()) });

interface Checked {
  readonly expected: Readonly<Record<string, unknown>>;
  readonly computed: Computed;
}

interface Checkers {
  readonly policy: PolicyChecker;
  readonly dpo: DpoChecker;
  readonly logits: LogitChecker;
}

/** By file name: what a case is and how its numbers are computed. */
const kinds: Readonly<Record<string, (checkers: Checkers, raw: unknown) => Promise<Checked>>> = {
  'advantages.json': async (_, raw) => {
    const item = advantageCase.parse(raw);
    return { expected: item.expected, computed: computeAdvantageCase(item) };
  },
  'policy_loss.json': async ({ policy }, raw) => {
    const item = policyCase.parse(raw);
    return { expected: item.expected, computed: await policy.policy(item) };
  },
  'papo.json': async ({ policy }, raw) => {
    const item = papoCase.parse(raw);
    return { expected: item.expected, computed: await policy.papo(item) };
  },
  'dpo.json': async ({ dpo }, raw) => {
    const item = dpoCase.parse(raw);
    return { expected: dpoExpected(item), computed: await dpo.run(item) };
  },
  'sft_entropy.json': async ({ logits }, raw) => {
    const item = sftCase.parse(raw);
    return { expected: item.expected, computed: await computeSftCase(logits, item) };
  },
};

/**
 * @param dir an `rl/` folder or one that holds it
 * @returns one row per case; a file or case that cannot be read is a row that is not ok
 * @throws LabError `file/missing` if there is no such folder or nothing to check in it
 */
export async function* checkObjectives(
  dir: string,
  runtime: Runtime = Runtime.open(),
): AsyncGenerator<ObjectiveRow> {
  const folder = existsSync(join(dir, 'rl')) ? join(dir, 'rl') : dir;
  const files = listFiles(folder);
  const logits = new LogitChecker(runtime);
  const checkers = {
    logits,
    policy: new PolicyChecker(runtime),
    dpo: new DpoChecker(runtime, logits),
  };
  try {
    for (const file of files) yield* checkFile(checkers, join(folder, file));
  } finally {
    checkers.policy.dispose();
    logits.dispose();
  }
}

/** Everything but readmes and hidden files: a file nobody understands must not pass as checked. */
function listFiles(folder: string): string[] {
  const hint =
    'Give a folder with advantages.json, policy_loss.json, papo.json, dpo.json or sft_entropy.json.';
  if (!existsSync(folder)) throw new LabError('file/missing', `no folder ${folder}`, { hint });
  const files = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && !/^readme/i.test(name),
  );
  if (!files.some((name) => Object.hasOwn(kinds, name))) {
    throw new LabError('file/missing', `no objective fixtures in ${folder}`, { hint });
  }
  return files.sort();
}

async function* checkFile(checkers: Checkers, path: string): AsyncGenerator<ObjectiveRow> {
  const file = basename(path);
  const check = Object.hasOwn(kinds, file) ? kinds[file] : undefined;
  const failed = (name: string, thrown: unknown): ObjectiveRow => ({
    file,
    case: name,
    max_abs: null,
    ok: false,
    problem: thrown instanceof z.ZodError ? z.prettifyError(thrown) : LabError.from(thrown).message,
  });
  if (check === undefined) {
    yield failed('*', new LabError('file/corrupt', `${file} is not a known kind of fixture`));
    return;
  }
  let cases: unknown[];
  try {
    cases = fixtureFile.parse(readJsonFile(path)).cases;
  } catch (thrown) {
    yield failed('*', thrown);
    return;
  }
  for (const [index, raw] of cases.entries()) {
    const name = z.looseObject({ name: z.string() }).safeParse(raw).data?.name ?? `#${index}`;
    try {
      const { expected, computed } = await check(checkers, raw);
      yield compareCase({ file, case: name }, expected, computed);
    } catch (thrown) {
      yield failed(name, thrown);
    }
  }
}
