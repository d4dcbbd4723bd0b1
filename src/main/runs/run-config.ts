/** The frozen configuration of a run: as it is in run.json, and as a recipe file for people. */
import { stringify } from 'yaml';
import type { RunConfig } from '../../shared/model/app-run.ts';
import type { IndexedRun } from './index/run-store.ts';
import { hashOf } from './queue/freeze.ts';

export function configOf(run: IndexedRun, path: string): RunConfig {
  const { recipe, seed, version, config } = run.record;
  const { slots } = config;
  const isSlots = typeof slots === 'object' && slots !== null;
  return {
    run: run.id,
    recipe,
    seed,
    version,
    path,
    config: { ...config },
    yaml: stringify(isSlots ? { recipe, ...slots } : config),
    hash: hashOf(config),
  };
}
