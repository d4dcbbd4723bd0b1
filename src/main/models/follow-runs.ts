/**
 * Tells windows that there are other checkpoints. The runs room says very often that something changed;
 * only when the names of checkpoints or evaluations differ do the models differ, too.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from '../workspace/changes.ts';

/** A training step may take milliseconds; nobody watches a list of models that closely. */
const LOOK_EVERY_MS = 1000;

/** @returns a function that ends it */
export function followRuns(changes: Changes, runsFolder: string): () => void {
  let known = namesBelow(runsFolder);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    timer = undefined;
    const now = namesBelow(runsFolder);
    if (now === known) return;
    known = now;
    changes.touch('models');
  };
  const stop = changes.subscribe((room) => {
    if (room !== 'runs' || timer !== undefined) return;
    timer = setTimeout(look, LOOK_EVERY_MS);
    timer.unref();
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function namesBelow(runsFolder: string): string {
  return namesIn(runsFolder)
    .map((run) => {
      const folder = join(runsFolder, run);
      const names = [
        ...namesIn(join(folder, 'checkpoints')),
        ...namesIn(join(folder, 'evaluations')),
      ];
      return `${run}: ${names.join(' ')}`;
    })
    .join('\n');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Not there (yet), or gone between two looks.
    return [];
  }
}
