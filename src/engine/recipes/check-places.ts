/** Where a recipe points to: tasks and levels of the world, files of data, folders of models. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { splitNamed, worldSource } from '../data/world-source.ts';
import { TASKS } from '../world/tasks/index.ts';
import { SPLITS } from '../world/types.ts';
import type { Finding } from './check.ts';
import { nearestName } from './nearest.ts';
import type { ResolvedRecipe } from './resolve.ts';

export function checkPlaces({ slots }: ResolvedRecipe): Finding[] {
  const { data, evaluation, model } = slots;
  return [
    ...(data.source === 'world'
      ? checkWorld('data', data)
      : checkFile('data.source', data.source, "a JSONL file, or 'world'")),
    ...checkFolder('data.mediaRoot', data.mediaRoot),
    ...(evaluation.source === 'data' || evaluation.source === 'world'
      ? checkWorld('evaluation', { ...evaluation, difficulty: null })
      : checkFile('evaluation.source', evaluation.source, "a JSONL file, 'data' or 'world'")),
    ...checkModel(model.path),
  ];
}

function checkWorld(
  slot: 'data' | 'evaluation',
  choice: Parameters<typeof worldSource>[0],
): Finding[] {
  const tasks = Object.keys(choice.tasks).flatMap((name): Finding[] => {
    if (Object.hasOwn(TASKS, name)) return [];
    const nearest = nearestName(name, Object.keys(TASKS));
    const known = `Tasks are: ${Object.keys(TASKS).join(', ')}.`;
    return [
      {
        path: `${slot}.tasks.${name}`,
        message: `unknown task '${name}'`,
        hint: nearest === undefined ? known : `Did you mean '${nearest}'? ${known}`,
      },
    ];
  });
  if (tasks.length > 0) return tasks;
  try {
    splitNamed(choice.split);
  } catch {
    const message = `expected a split of ${SPLITS.join(', ')}, got '${choice.split}'`;
    return [{ path: `${slot}.split`, message }];
  }
  try {
    worldSource(choice);
    return [];
  } catch (thrown) {
    const { message, hint } = LabError.from(thrown);
    return [{ path: `${slot}.difficulty`, message: message.replace(/^\[[^\]]*\]\s*/, ''), hint }];
  }
}

function checkFile(path: string, file: string, expected: string): Finding[] {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return [];
  const found = existsSync(file) ? `${file} is no file` : `there is no file at ${file}`;
  return [{ path, message: `expected ${expected}: ${found}` }];
}

function checkFolder(path: string, folder: string | null): Finding[] {
  if (folder === null || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return [{ path, message: `there is no folder at ${folder}` }];
}

function checkModel(folder: string): Finding[] {
  if (folder === 'starter') return [];
  const path = 'model.path';
  if (!existsSync(folder)) return [{ path, message: `there is no folder at ${folder}` }];
  const inner = existsSync(join(folder, 'model')) ? join(folder, 'model') : folder;
  if (existsSync(join(inner, 'adapter_config.json'))) {
    return [
      {
        path,
        message: `${folder} is a LoRA adapter, not a whole model`,
        hint: 'Train on its base with model.lora, or export it merged first.',
      },
    ];
  }
  if (existsSync(join(inner, 'config.json'))) return [];
  return [{ path, message: `${folder} is no model folder: it has no config.json` }];
}
