/**
 * Whether a folder is a model the engine can run, part by part: nothing is thrown for what a stranger's
 * folder may hold; every part that does not read becomes a problem with what to do about it.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { modelCheckResult } from '../../shared/protocol/results.ts';
import { DTYPE_BYTES, type HostTensor, sizeOf } from '../files/tensor-data.ts';
import { weightFiles } from '../models/qwen2-5-vl/adapter-base.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import { layoutOf } from '../models/qwen2-5-vl/names.ts';
import { readProcessor } from '../models/qwen2-5-vl/processor.ts';
import { readConfig, readTensors } from '../models/qwen2-5-vl/weights.ts';
import { readChatTemplate } from '../tokenizer/chat-template.ts';
import { readTokenizer } from '../tokenizer/tokenizer.ts';

export type CheckedModel = z.output<typeof modelCheckResult>;
export type CheckedPart = CheckedModel['parts'][number]['part'];
type Tensor = CheckedModel['tensors'][number];

/** Collects parts and problems of one check. */
export class PartList {
  readonly parts: CheckedModel['parts'] = [];
  readonly problems: CheckedModel['problems'] = [];

  /** Runs one part; @returns what it gave, undefined where it failed. */
  try<T>(part: CheckedPart, work: () => T, summary: (value: T) => string): T | undefined {
    try {
      const value = work();
      this.parts.push({ part, ok: true, summary: summary(value) });
      return value;
    } catch (thrown) {
      const { message, hint } = LabError.from(thrown);
      const reason = message.replace(/^\[[^\]]*\]\s*/, '');
      this.parts.push({ part, ok: false, summary: reason });
      this.problems.push({ part, reason, fix: hint ?? 'Use the file that came with the model.' });
      return undefined;
    }
  }
}

export type CheckedWhole = Pick<
  CheckedModel,
  | 'config'
  | 'architecture'
  | 'parameters'
  | 'bytes'
  | 'dtypes'
  | 'tensors'
  | 'vocabulary'
  | 'contextTokens'
  | 'headerSha256'
> & { readonly modelConfig: ModelConfig | undefined };

/** Config, tensors, tokenizer, template and processor of a whole model. */
export function checkWhole(folder: string, list: PartList): CheckedWhole {
  const read = list.try(
    'config',
    () => readConfig(folder),
    ({ config: { text, vision } }) =>
      `${text.numHiddenLayers} layers of width ${text.hiddenSize}, vision ${vision.depth} of ${vision.hiddenSize}`,
  );
  const config = read?.config;
  const found = list.try(
    'tensors',
    () => readTensors(folder),
    (tensors) => `${tensors.size} tensors, ${weightFiles(folder).length} files`,
  );
  const tensors = tensorTable(config, found ?? new Map());
  tellTensors(tensors, list);
  const tokenizer = list.try(
    'tokenizer',
    () => readTokenizer(folder),
    ({ size, specialIds }) => `${size} tokens, ${specialIds.length} of them special`,
  );
  if (tokenizer !== undefined && config !== undefined && tokenizer.size > config.text.vocabSize) {
    list.problems.push({
      part: 'tokenizer',
      reason: `it has ${tokenizer.size} tokens, the model ${config.text.vocabSize} rows`,
      fix: 'Use the tokenizer that came with these weights.',
    });
  }
  if (tokenizer !== undefined) {
    list.try(
      'template',
      () =>
        readChatTemplate(folder, tokenizer).render([{ role: 'user', content: 'x' }], {
          addGenerationPrompt: true,
        }),
      (text) => `renders ${JSON.stringify(text.slice(0, 60))}`,
    );
  }
  if (config !== undefined) {
    list.try(
      'processor',
      () => readProcessor(folder, config),
      ({ image }) =>
        `patches of ${image.patchSize}, ${image.mergeSize} x ${image.mergeSize} merged, ${image.minPixels} to ${image.maxPixels} pixels`,
    );
  }
  const sizes = [...(found ?? new Map<string, HostTensor>()).values()];
  return {
    modelConfig: config,
    config: isObject(read?.rawConfig) ? read.rawConfig : null,
    architecture: architectureOf(read?.rawConfig),
    parameters: sizes.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    bytes: sizes.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * DTYPE_BYTES[dtype], 0),
    dtypes: countBy(sizes),
    tensors,
    vocabulary: tokenizer?.size ?? null,
    contextTokens: config?.text.maxPositionEmbeddings ?? null,
    headerSha256: found === undefined ? null : headerHash(folder),
  };
}

/** Every tensor the configuration asks for or the files hold, with what is wrong about it. */
function tensorTable(
  config: ModelConfig | undefined,
  found: ReadonlyMap<string, HostTensor>,
): Tensor[] {
  const expected = new Map(
    (config === undefined ? [] : layoutOf(config)).flatMap(({ rows }) =>
      rows.map(({ disk, shape }) => [disk, shape] as const),
    ),
  );
  // A tied model may bring its output matrix all the same.
  if (config?.tieWordEmbeddings === true && found.has('lm_head.weight'))
    expected.set('lm_head.weight', found.get('lm_head.weight')?.shape ?? []);
  const names = [...new Set([...expected.keys(), ...found.keys()])];
  return names.map((name) => {
    const [wanted, tensor] = [expected.get(name), found.get(name)];
    return {
      name,
      state: stateOf(wanted, tensor, config !== undefined),
      expectedShape: wanted === undefined ? null : [...wanted],
      shape: tensor === undefined ? null : [...tensor.shape],
      dtype: tensor?.dtype ?? null,
      bytes: tensor === undefined ? 0 : sizeOf(tensor.shape) * DTYPE_BYTES[tensor.dtype],
    };
  });
}

const FLOATS: readonly string[] = ['f32', 'f16', 'bf16', 'f64'];

function stateOf(
  wanted: readonly number[] | undefined,
  tensor: HostTensor | undefined,
  isKnown: boolean,
): Tensor['state'] {
  if (tensor === undefined) return 'missing';
  if (wanted === undefined) return isKnown ? 'unexpected' : 'ok';
  if (wanted.join() !== tensor.shape.join()) return 'shape';
  return FLOATS.includes(tensor.dtype) ? 'ok' : 'dtype';
}

const TOLD: Readonly<Record<Exclude<Tensor['state'], 'ok'>, readonly [string, string]>> = {
  missing: ['are missing', 'Check that every shard is there.'],
  unexpected: [
    'belong to no part of this model',
    'Check that config.json belongs to these weights.',
  ],
  shape: [
    'have another shape than config.json says',
    'Check that config.json belongs to these weights.',
  ],
  dtype: ['are no floats', 'Quantised weights are not read: use the f32, f16 or bf16 ones.'],
};

function tellTensors(tensors: readonly Tensor[], list: PartList): void {
  const part = list.parts.find((entry) => entry.part === 'tensors');
  if (part === undefined || !part.ok) return;
  for (const [state, [what, fix]] of Object.entries(TOLD)) {
    const own = tensors.filter((tensor) => tensor.state === state).map(({ name }) => name);
    if (own.length === 0) continue;
    const names = `${own.slice(0, 3).join(', ')}${own.length > 3 ? ', ...' : ''}`;
    const reason = `${own.length} tensors ${what}: ${names}`;
    list.problems.push({ part: 'tensors', reason, fix });
    part.ok = false;
    part.summary = reason;
  }
}

/** Of the headers of all weight files, in the order of their names. */
function headerHash(folder: string): string {
  const hash = createHash('sha256');
  for (const name of weightFiles(folder)) {
    const path = join(folder, name);
    const file = openSync(path, 'r');
    try {
      const length = Buffer.alloc(8);
      readSync(file, length, 0, 8, 0);
      // The file was opened before: its header lies within it.
      const header = Buffer.alloc(Math.min(Number(length.readBigUInt64LE()), statSync(path).size));
      readSync(file, header, 0, header.length, 8);
      hash.update(`${name}\n`).update(header);
    } finally {
      closeSync(file);
    }
  }
  return hash.digest('hex');
}

function countBy(tensors: readonly HostTensor[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dtype, shape } of tensors) counts[dtype] = (counts[dtype] ?? 0) + sizeOf(shape);
  return counts;
}

function architectureOf(raw: unknown): string | null {
  if (!isObject(raw)) return null;
  const { architectures, model_type: type } = raw;
  const named: unknown = Array.isArray(architectures) ? architectures[0] : type;
  return typeof named === 'string' ? named : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function hasWeights(folder: string): boolean {
  return existsSync(folder) && statSync(folder).isDirectory() && weightFiles(folder).length > 0;
}
