/** Whether the numbers of a recipe go together: what cannot run, and what runs but is hardly meant. */
import type { Finding } from './check.ts';
import type { ResolvedOf, ResolvedRecipe } from './resolve.ts';

export function checkPlan(recipe: ResolvedRecipe): Finding[] {
  return [
    ...checkModel(recipe),
    ...checkTraining(recipe),
    ...(recipe.shape === 'online-rl' ? checkOnline(recipe) : []),
  ];
}

const MODULES = ['vision', 'merger', 'language', 'embeddings'] as const;

function checkModel({ slots: { model } }: ResolvedRecipe): Finding[] {
  const found: Finding[] = [];
  if (model.lora !== null && model.lora.dropout > 0) {
    found.push({
      path: 'model.lora.dropout',
      message: 'this engine supports no dropout',
      hint: 'Set it to 0.',
    });
  }
  if (model.lora === null && MODULES.every((module) => model.freeze.includes(module))) {
    found.push({
      path: 'model.freeze',
      message: 'every module is frozen',
      hint: 'Leave one out, or train factors with model.lora.',
    });
  }
  if (model.lora !== null && model.freeze.length > 0) {
    found.push({
      path: 'model.freeze',
      message: 'with LoRA the weights of every module are kept anyway',
      severity: 'warning',
    });
  }
  return found;
}

function checkTraining({ slots }: ResolvedRecipe): Finding[] {
  const { training, schedule, data, evaluation } = slots;
  const found: Finding[] = [];
  const warn = (path: string, message: string, hint?: string) =>
    found.push({ path, message, hint, severity: 'warning' });
  if (training.checkpointEvery !== null && training.checkpointEvery > training.steps) {
    warn(
      'training.checkpointEvery',
      `the run ends after ${training.steps} steps: only its end is kept`,
    );
  }
  if (training.checkpointEvery === null && training.steps > 200) {
    warn(
      'training.checkpointEvery',
      'a run that is killed begins anew: it has no checkpoint before its end',
      'Set it to about a tenth of the steps.',
    );
  }
  if (schedule.warmupSteps >= training.steps) {
    warn('schedule.warmupSteps', `the rate never reaches its peak within ${training.steps} steps`);
  }
  if (data.limit !== null && data.limit < training.promptsPerStep) {
    warn('data.limit', `a step of ${training.promptsPerStep} holds the same sample more than once`);
  }
  const hasHeldOut = evaluation.source !== 'data' || data.source === 'world';
  if (training.evaluateEvery !== null && !hasHeldOut) {
    found.push({
      path: 'evaluation.source',
      message: 'evaluations are planned, and the run has no held-out data',
      hint: "Set it to a JSONL file, or to 'world'.",
    });
  }
  return found;
}

function checkOnline({ slots }: ResolvedOf<'online-rl'>): Finding[] {
  const { training, rollout, objective, model } = slots;
  const found: Finding[] = [];
  if (objective.perception?.throughMasked) {
    found.push({
      path: 'objective.perception.throughMasked',
      message: 'this engine computes no gradient through the masked pass',
      hint: 'Set it to false.',
    });
  }
  if (training.promptsPerStep < training.updatesPerStep) {
    found.push({
      path: 'training.updatesPerStep',
      message: `${training.promptsPerStep} prompts cannot be parted into ${training.updatesPerStep} updates`,
      hint: 'Raise training.promptsPerStep, or lower it.',
      severity: 'warning',
    });
  } else if (training.promptsPerStep % training.updatesPerStep !== 0) {
    found.push({
      path: 'training.updatesPerStep',
      message: `${training.promptsPerStep} prompts do not divide by ${training.updatesPerStep}: the last update is smaller`,
      severity: 'warning',
    });
  }
  if (model.reference !== null && objective.kl === null) {
    found.push({
      path: 'model.reference',
      message: 'a reference is kept in memory, and no term compares with it',
      hint: 'Switch it off, or set objective.kl.',
      severity: 'warning',
    });
  }
  if (rollout.filter.kind === 'group-spread' && rollout.filter.maxRounds === 1) {
    found.push({
      path: 'rollout.filter.maxRounds',
      message: 'with one round the batch shrinks instead of being filled up',
      severity: 'warning',
    });
  }
  return found;
}
