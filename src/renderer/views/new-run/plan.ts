/** A draft as main takes it, and as one types it in a terminal. */
import type { PlainObject } from '../../../shared/merge-slots.ts';
import type { TrainPlan } from '../../../shared/model/run-queue.ts';
import { valueText } from './field-values.ts';
import { changedPaths, valueAt } from './slots.ts';
import type { Draft } from './use-draft.ts';

export function planOf({ recipe, changes, data }: Draft): TrainPlan {
  return {
    kind: 'train',
    recipe,
    // Slots over the recipe: an object laid over the slot of its name.
    set: { ...changes },
    ...(data === null ? {} : { data }),
    device: 'auto',
  };
}

/** Changes that fit a line are flags; more need the file. */
const MOST_FLAGS = 4;

export function terminalLine({ recipe, changes }: Draft): string {
  const flags = flagsOf(changes);
  if (recipe.startsWith('saved:') || flags === null) return 'rationale run start recipe.yaml';
  return ['rationale run start', recipe, ...flags].join(' ');
}

function flagsOf(changes: PlainObject): string[] | null {
  const paths = changedPaths(changes);
  if (paths.length > MOST_FLAGS) return null;
  const flags: string[] = [];
  for (const path of paths) {
    const value = valueAt(changes, path);
    if (value === undefined || typeof value === 'object') return null;
    const said = valueText(value);
    const text = value === true ? 'true' : value === false ? 'false' : said;
    flags.push(`--set ${quoted(`${path}=${text}`)}`);
  }
  return flags;
}

/** As one word for a POSIX shell, whatever is in it. */
function quoted(word: string): string {
  return /^[\w./+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
