/** What the sections of a recipe form are called, by slot, in the order of a run. */
import type { RecipeGroup } from '../../shared/model/recipe.ts';

const groups: readonly RecipeGroup[] = [
  {
    id: 'model',
    title: 'Model',
    description: 'What is trained: a folder, all of its weights or factors beside them.',
  },
  { id: 'data', title: 'Data', description: 'Which samples are asked, and in which order.' },
  {
    id: 'rollout',
    title: 'Rollout',
    description: 'How completions are sampled, and which groups are trained on.',
  },
  { id: 'reward', title: 'Reward', description: 'What a completion is worth.' },
  {
    id: 'advantage',
    title: 'Advantage',
    description: 'How a reward is compared with the others of its group.',
  },
  {
    id: 'objective',
    title: 'Objective',
    description: 'What the update makes likelier, and by how much.',
  },
  {
    id: 'optimizer',
    title: 'Optimizer',
    description: 'How gradients become changes of the weights.',
  },
  { id: 'schedule', title: 'Schedule', description: 'Learning rate over the run.' },
  {
    id: 'training',
    title: 'Training',
    description: 'Steps, batches, checkpoints and evaluations.',
  },
  {
    id: 'evaluation',
    title: 'Evaluation',
    description: 'What is asked of the model between steps, and how many samples of it.',
  },
];

/** Sections by slot. */
export const GROUPS: Readonly<Record<string, RecipeGroup>> = Object.fromEntries(
  groups.map((group) => [group.id, group]),
);
