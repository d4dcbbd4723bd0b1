/** `rationale run start|resume` and its shorthands: a recipe on a model and data, in a run folder. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ErrorCode, LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mergeSlots } from '../../shared/merge-slots.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import type { PlainObject } from '../recipes/define.ts';
import { type ResolvedRecipe, resolveRecipe } from '../recipes/resolve.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { type Assembled, assemble } from '../training/assemble.ts';
import { resumePosition, runSteps } from '../training/run.ts';
import { makeStepper, type Stepper } from '../training/stepper.ts';
import { defineJob, type JobContext } from './define.ts';
import { openRuntime } from './open-runtime.ts';
import { loadRecipe } from './recipe-source.ts';

interface Prepared {
  readonly recipe: ResolvedRecipe;
  readonly folder: RunFolder;
  readonly parts: Assembled;
  readonly stepper: Stepper;
  readonly isResumed: boolean;
}

export const train = defineJob({
  name: 'train',
  params: jobParams.train,
  async run(context, params) {
    const prepared = params.action === 'start' ? await start(params) : resume(params);
    const { recipe, folder } = prepared;
    const progress = { isBegun: prepared.isResumed };
    let isDiscarded = false;
    try {
      await runTo(context, prepared, () => {
        progress.isBegun = true;
      });
    } catch (thrown) {
      const error = LabError.from(thrown);
      // Data is read step by step: what spoils the first one leaves no run either.
      isDiscarded = !progress.isBegun && !LEAVES_A_RUN.has(error.code);
      if (!isDiscarded) noteEnd(folder, error, context);
      throw thrown;
    } finally {
      prepared.stepper.dispose();
      prepared.parts.dispose();
      folder.dispose();
      if (isDiscarded) rmSync(folder.path, { recursive: true, force: true });
    }
    context.emit({
      type: 'row',
      row: {
        run: folder.id,
        recipe: recipe.id,
        steps: recipe.slots.training.steps,
        path: folder.path,
      },
    });
    return { ok: true };
  },
});

/** What may end the first step and still leaves something to read or to resume. */
const LEAVES_A_RUN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'engine/cancelled',
  'engine/out-of-memory',
  'internal',
  'native/failed',
  'train/non-finite',
]);

function noteEnd(folder: RunFolder, error: LabError, context: JobContext): void {
  const isCancelled = error.code === 'engine/cancelled' || context.signal.aborted;
  const kind = isCancelled ? 'cancelled' : 'failed';
  if (isCancelled) context.log(`to continue: rationale run resume ${folder.id}`);
  try {
    folder.appendEvent(kind, { code: error.code, message: error.message });
  } catch {
    // A full disk takes no note either; the error itself is what the person has to see.
  }
}

type StartParams = Extract<(typeof jobParams.train)['_output'], { action: 'start' }>;
type ResumeParams = Extract<(typeof jobParams.train)['_output'], { action: 'resume' }>;

/** Everything that input can spoil comes before the run folder: a run that cannot start leaves none. */
async function start(params: StartParams): Promise<Prepared> {
  const { seed } = params;
  const asked: PlainObject = {
    training: {
      ...(seed === undefined ? {} : { seed }),
      ...(params.steps === undefined ? {} : { steps: params.steps }),
    },
    ...(params.model === undefined ? {} : { model: { path: resolve(params.model) } }),
    data: {
      ...(seed === undefined ? {} : { seed }),
      ...(params.data === undefined ? {} : { source: resolve(params.data) }),
    },
  };
  const named = await loadRecipe(params);
  // Parsed JSON is plain data.
  const recipe = resolveRecipe(named.id, mergeSlots(named.slots as unknown as PlainObject, asked));
  // Parsed JSON is plain data.
  const config = { recipe: recipe.id, slots: recipe.slots } as unknown as JsonObject;
  const work = open(params, recipe);
  const folder = await RunFolder.create(params.runs, {
    recipe: recipe.id,
    seed: recipe.slots.training.seed,
    config,
  });
  folder.appendEvent('started', { steps: recipe.slots.training.steps });
  return { recipe, folder, ...work, isResumed: false };
}

function resume(params: ResumeParams): Prepared {
  const folder = RunFolder.open(params.runs, params.run);
  try {
    const { recipe: id, slots } = folder.record.config;
    if (typeof id !== 'string') {
      throw new LabError(
        'run/missing',
        `run ${folder.id} was not started by a recipe and cannot be resumed`,
      );
    }
    // run.json was written from a resolved recipe; resolving it again checks it.
    const frozen = slots as PlainObject;
    const more = params.steps === undefined ? {} : { training: { steps: params.steps } };
    const recipe = resolveRecipe(id, mergeSlots(frozen, more));
    const work = open(params, recipe);
    folder.appendEvent('resumed');
    return { recipe, folder, ...work, isResumed: true };
  } catch (thrown) {
    folder.dispose();
    throw thrown;
  }
}

function open(params: StartParams | ResumeParams, recipe: ResolvedRecipe) {
  const parts = assemble(openRuntime(params), recipe);
  return { parts, stepper: makeStepper(recipe, parts) };
}

async function runTo(
  context: JobContext,
  { recipe, folder, parts, stepper, isResumed }: Prepared,
  onBegun: () => void,
): Promise<void> {
  const { training } = recipe.slots;
  const from = isResumed ? resumePosition(folder, parts.learner) : 0;
  context.emit({
    type: 'event',
    kind: isResumed ? 'resumed' : 'started',
    data: { run: folder.id, step: from },
  });
  if (from >= training.steps) {
    context.log(`${folder.id} has done ${from} steps already; --steps N goes on to step N`);
  }
  await runSteps(
    folder,
    { learner: parts.learner, stepper, from },
    {
      steps: training.steps,
      checkpointEvery: training.checkpointEvery ?? undefined,
      keepCheckpoints: training.keepCheckpoints,
      source: parts.bundle.folder,
    },
    {
      signal: context.signal,
      onStep(step, { metrics }) {
        onBegun();
        context.emit({ type: 'metric', step, values: { ...metrics } });
        context.emit({
          type: 'progress',
          stage: recipe.id,
          done: step,
          total: training.steps,
          note: noteOf(metrics),
        });
      },
      onCheckpoint: (step, path) =>
        context.emit({ type: 'event', kind: 'checkpoint', data: { step, path } }),
    },
  );
  folder.appendEvent('finished', { step: training.steps });
}

function noteOf(metrics: Readonly<Record<string, number>>): string {
  const shown = ['reward/mean', 'objective/loss', 'gradient/norm'].flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name.split('/')[1]} ${value.toFixed(3)}`];
  });
  return shown.join('  ');
}
