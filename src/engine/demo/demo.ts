/**
 * The main job of the project in one run: base accuracy, supervised cold start, GRPO, final accuracy
 * on the same held-out pictures. Both trainings are ordinary recipe files (resources/recipes) that
 * `rationale run start` takes as well.
 */
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mergeSlots } from '../../shared/merge-slots.ts';
import type { Item } from '../data/item.ts';
import {
  type Answered,
  answerItems,
  type TallyRow,
  tally,
  tallyBy,
  tallyRow,
} from '../evaluation/evaluate.ts';
import { pairedP } from '../evaluation/statistics.ts';
import { Policy } from '../policy/policy.ts';
import type { PlainObject } from '../recipes/define.ts';
import { type ResolvedRecipe, readOverrides, resolveRecipe } from '../recipes/resolve.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Assembled, assemble, openBundleOf } from '../training/assemble.ts';
import { runSteps } from '../training/run.ts';
import type { StepResult } from '../training/step.ts';
import { makeStepper } from '../training/stepper.ts';
import { bandOf, heldOutItems } from './bands.ts';

export interface DemoOptions {
  readonly seed: number;
  /** Fewer pictures and steps: shows that everything works, not what it can reach. */
  readonly quick: boolean;
  readonly runs: string;
  /** `test` is what is quoted; `dev` is for whoever changes the settings. */
  readonly split?: 'dev' | 'test';
  /** Laid over both recipes, for experiments. */
  readonly overrides?: { readonly coldStart?: PlainObject; readonly grpo?: PlainObject };
}

export interface DemoHooks {
  readonly signal: AbortSignal;
  onProgress(stage: string, done: number, total: number, note?: string): void;
}

/** One model's answers: the trained band counts, the others are reported beside it. */
export interface DemoScore {
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  readonly format: number;
  readonly length_tokens: number;
  readonly bands: Readonly<Record<string, TallyRow>>;
}

export interface DemoResult {
  readonly base: DemoScore;
  readonly cold_start: DemoScore;
  readonly grpo: DemoScore;
  /** Exact McNemar test of GRPO against the cold start on the trained band. */
  readonly paired_p: number;
  readonly seconds: number;
  readonly run: string;
}

const RECIPES = fileURLToPath(new URL('../../../resources/recipes', import.meta.url));
const PER_BAND = 300;
const PER_BAND_QUICK = 100;
const QUICK_STEPS = 30;
const MAX_TOKENS = 64;

export async function runDemo(
  runtime: Runtime,
  options: DemoOptions,
  hooks: DemoHooks,
): Promise<DemoResult> {
  const started = performance.now();
  const recipes = await demoRecipes(options);
  const items = await heldOutItems(
    options.split ?? 'test',
    options.quick ? PER_BAND_QUICK : PER_BAND,
  );
  // Both recipes as they are resolved, so that the run can be read and repeated.
  const config = {
    coldStart: recipes.coldStart.slots,
    grpo: recipes.grpo.slots,
  } as unknown as JsonObject;
  const folder = await RunFolder.create(options.runs, {
    recipe: 'demo',
    seed: options.seed,
    config,
  });
  folder.appendEvent('started');
  const bundle = openBundleOf(recipes.coldStart);
  const policy = new Policy(runtime, bundle.config, bundle.weights);
  const examine = async (stage: string, parts: Pick<Assembled, 'bundle' | 'policy'>) => {
    const answered = await answerItems(parts.policy, parts.bundle, items, {
      draws: { maxTokens: MAX_TOKENS, temperature: 0 },
      seed: options.seed,
      signal: hooks.signal,
      onProgress: (done, total) => hooks.onProgress(stage, done, total),
    });
    folder.appendEvent('evaluated', { stage, ...score(answered) });
    return answered;
  };
  try {
    const base = await examine('base accuracy', { bundle, policy });
    const trained = await trainPart(runtime, recipes.coldStart, policy, {
      folder,
      hooks,
      offset: 0,
    });
    const coldStart = await examine('cold-start accuracy', trained);
    const improved = await trainPart(runtime, recipes.grpo, policy, {
      folder,
      hooks,
      offset: recipes.coldStart.slots.training.steps,
    });
    const final = await examine('final accuracy', improved);
    const result = {
      base: score(base),
      cold_start: score(coldStart),
      grpo: score(final),
      paired_p: pairedP(inBand(coldStart), inBand(final)),
      seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
      run: folder.id,
    };
    folder.appendEvent('finished', { ...result });
    return result;
  } catch (thrown) {
    const { code, message } = LabError.from(thrown);
    const kind = code === 'engine/cancelled' || hooks.signal.aborted ? 'cancelled' : 'failed';
    folder.appendEvent(kind, { code, message });
    throw thrown;
  } finally {
    policy.dispose();
    folder.dispose();
  }
}

async function demoRecipes(options: DemoOptions) {
  const load = async (name: string, extra: PlainObject): Promise<ResolvedRecipe> => {
    const file = await readOverrides(`${RECIPES}/${name}.yaml`);
    const seeded = { training: { seed: options.seed }, data: { seed: options.seed } };
    return resolveRecipe(file.recipe ?? '', [file.slots, seeded, extra].reduce(mergeSlots));
  };
  const quick = options.quick ? { training: { steps: QUICK_STEPS } } : {};
  return {
    coldStart: await load('demo-cold-start', options.overrides?.coldStart ?? {}),
    grpo: await load('demo-grpo', mergeSlots(quick, options.overrides?.grpo ?? {})),
  };
}

interface PartContext {
  readonly folder: RunFolder;
  readonly hooks: DemoHooks;
  /** Steps of the run that came before this part. */
  readonly offset: number;
}

/** Trains the policy in place by one recipe. */
async function trainPart(
  runtime: Runtime,
  recipe: ResolvedRecipe,
  policy: Policy,
  { folder, hooks, offset }: PartContext,
): Promise<Pick<Assembled, 'bundle' | 'policy'>> {
  const parts = assemble(runtime, recipe, policy);
  const stepper = makeStepper(recipe, parts);
  const { steps } = recipe.slots.training;
  try {
    await runSteps(
      folder,
      { learner: parts.learner, stepper, from: 0 },
      {
        steps,
        checkpointEvery: undefined,
        keepCheckpoints: 2,
        source: parts.bundle.folder,
        firstStep: offset,
      },
      {
        signal: hooks.signal,
        onStep(step, result) {
          hooks.onProgress(
            recipe.id === 'sft' ? 'cold start' : recipe.title,
            step - offset,
            steps,
            noteOf(result),
          );
        },
        onCheckpoint: () => undefined,
      },
    );
  } finally {
    stepper.dispose();
    parts.dispose();
  }
  return parts;
}

function noteOf({ metrics }: StepResult): string {
  const accuracy = metrics['reward/answer_accuracy'];
  if (accuracy !== undefined) return `samples right ${(100 * accuracy).toFixed(0)} %`;
  return `loss ${(metrics['objective/loss'] ?? Number.NaN).toFixed(2)}`;
}

function isBand(item: Item): boolean {
  return bandOf(item) === 'band';
}

function inBand(answered: readonly Answered[]): boolean[] {
  return answered.filter((entry) => isBand(entry.item)).map((entry) => entry.isRight);
}

function score(answered: readonly Answered[]): DemoScore {
  const { n: _, ...band } = tallyRow(tally(answered.filter((entry) => isBand(entry.item))));
  const bands = Object.entries(tallyBy(answered, bandOf)).map(
    ([name, tallied]) => [name, tallyRow(tallied)] as const,
  );
  return { ...band, bands: Object.fromEntries(bands) };
}
