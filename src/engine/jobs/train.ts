/** `rationale run start|resume` and its shorthands: a recipe on a model and data, in a run folder. */
import { rmSync } from 'node:fs';
import { type ErrorCode, LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mergeSlots } from '../../shared/merge-slots.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import type { PlainObject } from '../recipes/define.ts';
import { type ResolvedRecipe, resolveRecipe } from '../recipes/resolve.ts';
import { readEvents } from '../run-folder/read.ts';
import { RunFolder } from '../run-folder/run-folder.ts';
import { type Assembled, assemble } from '../training/assemble.ts';
import { RunControl } from '../training/control.ts';
import { makeEvaluator, whyNoEvaluation } from '../training/evaluator.ts';
import { resumePosition, runSteps } from '../training/run.ts';
import type { Stepper } from '../training/step.ts';
import { makeStepper } from '../training/stepper.ts';
import { defineJob, type JobContext } from './define.ts';
import { openRuntime } from './open-runtime.ts';
import { askedRecipe } from './recipe-source.ts';

interface Prepared {
  readonly recipe: ResolvedRecipe;
  readonly folder: RunFolder;
  readonly parts: Assembled;
  readonly stepper: Stepper;
  readonly isResumed: boolean;
  /** A resume names its own last step. */
  readonly hasOwnEnd: boolean;
}

export const train = defineJob({
  name: 'train',
  params: jobParams.train,
  async run(context, params) {
    const prepared = params.action === 'start' ? await start(params) : resume(params);
    const { recipe, folder } = prepared;
    const progress = { isBegun: prepared.isResumed };
    let isDiscarded = false;
    let steps = recipe.slots.training.steps;
    try {
      steps = await runTo(context, prepared, () => {
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
        steps,
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
  const recipe = await askedRecipe(params);
  // Parsed JSON is plain data.
  const config = { recipe: recipe.id, slots: recipe.slots } as unknown as JsonObject;
  const work = open(params, recipe);
  const folder = await RunFolder.create(params.runs, {
    recipe: recipe.id,
    seed: recipe.slots.training.seed,
    config,
  });
  folder.appendEvent('started', { steps: recipe.slots.training.steps });
  return { recipe, folder, ...work, isResumed: false, hasOwnEnd: false };
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
    return {
      recipe,
      folder,
      ...work,
      isResumed: true,
      hasOwnEnd: params.steps !== undefined,
    };
  } catch (thrown) {
    folder.dispose();
    throw thrown;
  }
}

function open(params: StartParams | ResumeParams, recipe: ResolvedRecipe) {
  const parts = assemble(openRuntime(params), recipe);
  return { parts, stepper: makeStepper(recipe, parts) };
}

/** @returns the last step done */
async function runTo(
  context: JobContext,
  prepared: Prepared,
  onBegun: () => void,
): Promise<number> {
  const { recipe, folder, parts, stepper, isResumed } = prepared;
  const { training } = recipe.slots;
  const from = isResumed ? resumePosition(folder, parts.learner) : 0;
  const control = controlOf(context, prepared, from);
  context.emit({
    type: 'event',
    kind: isResumed ? 'resumed' : 'started',
    data: { run: folder.id, step: from },
  });
  if (from >= control.stopStep) {
    context.log(`${folder.id} has done ${from} steps already; --steps N goes on to step N`);
  }
  const end = await runSteps(
    folder,
    { learner: parts.learner, stepper, from, control, evaluator: makeEvaluator(recipe, parts) },
    {
      steps: training.steps,
      checkpointEvery: training.checkpointEvery ?? undefined,
      keepCheckpoints: training.keepCheckpoints,
      source: parts.bundle.folder,
      evaluateEvery: training.evaluateEvery ?? undefined,
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
          total: control.stopStep,
          note: noteOf(metrics),
        });
      },
      onCheckpoint: (step, path) =>
        context.emit({ type: 'event', kind: 'checkpoint', data: { step, path } }),
      onEvent: (kind, data) => context.emit({ type: 'event', kind, data }),
      onEvaluation: (step, values) => context.emit({ type: 'metric', step, values: { ...values } }),
    },
  );
  // A run that a person ended early can be resumed like one that was cancelled.
  if (end.isStopped) folder.appendEvent('cancelled', { step: end.step, by: 'stop-and-save' });
  else folder.appendEvent('finished', { step: end.step });
  return end.step;
}

function controlOf(context: JobContext, prepared: Prepared, from: number): RunControl {
  const { recipe, folder, hasOwnEnd } = prepared;
  const { training, objective } = recipe.slots;
  const events = readEvents(folder.path).filter(
    ({ kind, data }) => !(hasOwnEnd && kind === 'changed' && data['what'] === 'stop-step'),
  );
  const control = new RunControl(
    {
      steps: training.steps,
      from,
      klWeight: objective.kind === 'policy' ? objective.kl?.coefficient : undefined,
      noEvaluation: whyNoEvaluation(recipe),
      record(kind, data) {
        folder.appendEvent(kind, data);
        context.emit({ type: 'event', kind, data });
      },
    },
    events,
  );
  context.onControl(control.accept);
  return control;
}

function noteOf(metrics: Readonly<Record<string, number>>): string {
  const shown = ['reward/mean', 'objective/loss', 'gradient/norm'].flatMap((name) => {
    const value = metrics[name];
    return value === undefined ? [] : [`${name.split('/')[1]} ${value.toFixed(3)}`];
  });
  return shown.join('  ');
}
