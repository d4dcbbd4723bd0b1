/** A folder as a model: which kind it is, whether each part reads, and what to do where it does not. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { jobParams } from '../../shared/protocol/jobs.ts';
import {
  type CheckedModel,
  type CheckedWhole,
  checkWhole,
  hasWeights,
  PartList,
} from '../bundle/check-model.ts';
import { readJsonFile } from '../files/json-file.ts';
import { savedBaseHash, weightsHash } from '../models/qwen2-5-vl/adapter-base.ts';
import { readAdapter } from '../models/qwen2-5-vl/lora-files.ts';
import { baseOf, isAdapter, modelFolder, namedBase } from '../training/open-model.ts';
import { defineJob } from './define.ts';

export const modelCheck = defineJob({
  name: 'model-check',
  params: jobParams['model-check'],
  async run(context, params) {
    const row = checkModel(resolve(params.path));
    context.emit({ type: 'row', row: { ...row } });
    return { ok: row.ok };
  },
});

const NOTHING: Omit<CheckedWhole, 'modelConfig'> = {
  config: null,
  architecture: null,
  parameters: 0,
  bytes: 0,
  dtypes: {},
  tensors: [],
  vocabulary: null,
  contextTokens: null,
  headerSha256: null,
};

function checkModel(path: string): CheckedModel {
  const list = new PartList();
  const about = (kind: CheckedModel['kind'], rest: Partial<CheckedModel>): CheckedModel => ({
    ...NOTHING,
    base: null,
    step: null,
    ...rest,
    path,
    kind,
    ok: list.problems.length === 0,
    parts: list.parts,
    problems: list.problems,
  });
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    list.problems.push({
      part: 'config',
      reason: `there is no folder at ${path}`,
      fix: 'Choose the folder that holds config.json and the weights.',
    });
    return about('unknown', {});
  }
  const folder = modelFolder(path);
  const step = stepOf(path, list);
  if (isAdapter(folder)) return about('adapter', { ...checkAdapter(folder, list), step });
  const { modelConfig: _, ...whole } = checkWhole(folder, list);
  const isModel = whole.config !== null || hasWeights(folder);
  return about(step !== null ? 'checkpoint' : isModel ? 'model' : 'unknown', { ...whole, step });
}

const stateSchema = z.looseObject({ step: z.int().min(0) });

/** Where a checkpoint of a run stands. */
function stepOf(path: string, list: PartList): number | null {
  const file = join(path, 'training', 'state.json');
  if (!existsSync(file)) return null;
  const read = list.try(
    'training',
    () => stateSchema.parse(readJsonFile(file)),
    ({ step }) => `after step ${step}`,
  );
  return read?.step ?? null;
}

/** The base as far as it is here, the factors, and whether they belong together. */
function checkAdapter(folder: string, list: PartList): Partial<CheckedModel> {
  const path = list.try(
    'adapter',
    () => baseOf(folder),
    (base) => `on ${base}`,
  );
  if (path === undefined) {
    return {
      base: { path: named(folder), expectedSha256: saved(folder), sha256: null, isSame: null },
    };
  }
  const { modelConfig, ...whole } = checkWhole(path, list);
  const own =
    modelConfig === undefined
      ? undefined
      : list.try(
          'adapter',
          () => readAdapter(folder, modelConfig),
          ({ settings, factors }) => `rank ${settings.rank} on ${factors.size} modules`,
        );
  const [expected, found] = [saved(folder), weightsHash(path)];
  const isSame = expected === null ? null : expected === found;
  if (isSame === false) {
    list.problems.push({
      part: 'adapter',
      reason: `it was trained on other weights than those in ${path}`,
      fix: 'Name the model it was trained on in adapter_config.json.',
    });
  }
  const sizes = [...(own?.factors.values() ?? [])].map(({ a, b }) => a.data.length + b.data.length);
  const parameters = sizes.reduce((sum, size) => sum + size, 0);
  return {
    ...whole,
    parameters,
    bytes: 4 * parameters,
    dtypes: { f32: parameters },
    base: { path, expectedSha256: expected, sha256: found, isSame },
  };
}

function saved(folder: string): string | null {
  try {
    return savedBaseHash(folder) ?? null;
  } catch {
    return null;
  }
}

function named(folder: string): string | null {
  try {
    return namedBase(folder) ?? null;
  } catch {
    return null;
  }
}
