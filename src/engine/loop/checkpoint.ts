/**
 * Checkpoints: a Hugging Face model folder (or a PEFT adapter) plus `training/` with the optimizer's
 * moments and the position of the run. Written whole or not at all. Every random draw of a run is
 * keyed by (seed, stream, step), so the step is the state of all RNG streams and of the data.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { writeFileAtomic, writeFolderAtomic } from '../files/atomic.ts';
import { readJsonFile } from '../files/json-file.ts';
import { openSafetensors, writeSafetensors } from '../files/safetensors.ts';
import { toF32 } from '../files/tensor-data.ts';
import { BASE_FILE, weightsHash } from '../models/qwen2-5-vl/adapter-base.ts';
import { saveAdapter } from '../models/qwen2-5-vl/lora-weights.ts';
import { writeModelFolder } from '../models/qwen2-5-vl/save.ts';
import { toHostTensors, unpackWeights } from '../models/qwen2-5-vl/weights.ts';
import type { Learner } from '../policy/learner.ts';
import { isLora, type Policy } from '../policy/policy.ts';

const trainingSchema = z.object({
  format: z.literal(1),
  /** Steps of the run that are done. */
  step: z.int().min(0),
  /** Optimizer updates done; more than steps where a step has several. */
  updates: z.int().min(0),
  /** Numbers a stage carries from step to step, e.g. a running reward scale. */
  stages: z.record(z.string(), z.number()),
});

export type TrainingPosition = z.infer<typeof trainingSchema>;

const STATE = join('training', 'state.json');
const MOMENTS = join('training', 'optimizer.safetensors');
/** Trained weights at full precision, for resuming; the model beside them may be rounded for export. */
const WEIGHTS = join('training', 'weights.safetensors');

export interface CheckpointOptions {
  /** Folder whose tokenizer and processor files go along. */
  readonly source: string;
  readonly position: Omit<TrainingPosition, 'format' | 'updates'>;
}

/**
 * @throws LabError `train/non-finite` for weights an update has destroyed, `file/write-failed`; an
 *   older checkpoint of that name stays as it was
 */
export async function saveCheckpoint(
  folder: string,
  learner: Learner,
  options: CheckpointOptions,
): Promise<void> {
  const { policy, optimizer } = learner;
  const trained = policy.snapshot(policy.trainable);
  requireFiniteWeights(trained, optimizer.updates);
  await writeFolderAtomic(
    folder,
    async (temporary) => {
      await writeSafetensors(join(temporary, MOMENTS), toHostTensors(optimizer.state()));
      await writeSafetensors(join(temporary, WEIGHTS), toHostTensors(trained));
      const state = { format: 1, updates: optimizer.updates, ...options.position };
      await writeFileAtomic(join(temporary, STATE), `${JSON.stringify(state, null, 2)}\n`);
      await exportPolicy(join(temporary, 'model'), policy, options.source);
    },
    { overwrite: true },
  );
}

/** What cannot be trained on must not take the place of an older checkpoint that can. */
function requireFiniteWeights(
  weights: ReadonlyMap<string, { readonly data: Float32Array }>,
  updates: number,
): void {
  for (const [name, { data }] of weights) {
    if (data.every(Number.isFinite)) continue;
    throw new LabError('train/non-finite', `[update] ${name} holds numbers that are not finite`, {
      hint: 'lower the learning rate; resuming goes on from the last good checkpoint',
      details: { stage: 'update', update: updates },
    });
  }
}

/** A folder Hugging Face loads: the whole model, or the adapter alone where the policy has LoRA factors. */
export async function exportPolicy(folder: string, policy: Policy, source: string): Promise<void> {
  if (policy.lora !== undefined) {
    const factors = policy.snapshot([...policy.params.keys()].filter(isLora));
    await saveAdapter(folder, { config: policy.config, shape: policy.lora, factors, base: source });
    const base = { base_sha256: weightsHash(source), base: source };
    await writeFileAtomic(join(folder, BASE_FILE), `${JSON.stringify(base, null, 2)}\n`);
    return;
  }
  const tensors = toHostTensors(unpackWeights(policy.config, policy.snapshot()));
  await writeModelFolder(folder, { config: policy.config, tensors, dtype: 'f32', source });
}

/**
 * Puts a learner where the checkpoint left it.
 * @throws LabError `checkpoint/missing`, `checkpoint/corrupt`, `safetensors/*`
 */
export function loadCheckpoint(folder: string, learner: Learner): TrainingPosition {
  const parsed = trainingSchema.safeParse(readJsonFile(join(folder, STATE)));
  if (!parsed.success) {
    throw new LabError('checkpoint/corrupt', `${folder}: ${z.prettifyError(parsed.error)}`);
  }
  const read = (file: string) =>
    new Map(
      [...openSafetensors(join(folder, file)).tensors].map(([name, tensor]) => [
        name,
        { shape: tensor.shape, data: toF32(tensor, name) },
      ]),
    );
  const [weights, moments] = [read(WEIGHTS), read(MOMENTS)];
  const { policy } = learner;
  for (const name of policy.trainable) {
    const { shape } = policy.param(name);
    requireTensor(folder, weights, { name, shape });
    for (const key of ['m', 'v']) requireTensor(folder, moments, { name: `${key}/${name}`, shape });
  }
  policy.restore(weights);
  learner.optimizer.restore(moments, parsed.data.updates);
  return parsed.data;
}

/** What a checkpoint lacks would go on from the start's value without a word. */
function requireTensor(
  folder: string,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  wanted: { readonly name: string; readonly shape: readonly number[] },
): void {
  const found = tensors.get(wanted.name)?.shape.join(', ');
  const expected = wanted.shape.join(', ');
  if (found === expected) return;
  throw new LabError(
    'checkpoint/corrupt',
    `${folder}: expected ${wanted.name} of shape [${expected}], got ${found === undefined ? 'none' : `[${found}]`}`,
  );
}
