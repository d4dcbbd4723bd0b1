/**
 * The model against Hugging Face, PEFT and torch.optim.AdamW: every case of a fixtures folder in,
 * one row per tensor out. Tolerances are those the README of the fixtures calls fair: 1e-4 absolute
 * on logits, 1e-4 relative on gradients, 1e-5 on the AdamW trajectory, equality on integers and ids.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import { loadAdapter } from '../models/qwen2-5-vl/lora-weights.ts';
import { packWeights, readModelFolder } from '../models/qwen2-5-vl/weights.ts';
import { ADAMW_DEFAULTS } from '../optimizer/adamw.ts';
import { Arena } from '../policy/arena.ts';
import { Learner } from '../policy/learner.ts';
import type { Packed } from '../policy/pack.ts';
import { boundWeights, filled, Trunk } from '../policy/pass.ts';
import { Policy } from '../policy/policy.ts';
import { generate } from '../rollout/generate.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { compare, EXACT, type ParityRow, type Tolerance } from './difference.ts';
import {
  CaseTensors,
  type Checksum,
  type Expected,
  loraCaseSchema,
  openFixture,
} from './fixture.ts';
import { checkPositions, checkPreprocessing } from './inputs.ts';
import { checkAdamW, checkLora } from './training.ts';
import {
  GRADIENTS,
  isReal,
  LOGITS,
  norm,
  padded,
  prepare,
  readGradients,
  supervised,
  type Work,
} from './work.ts';

const CHECKSUM: Tolerance = { rel: 1e-4 };

/** @throws LabError `file/missing`, `file/corrupt`, `safetensors/*`, `config/invalid` */
export async function* checkModel(runtime: Runtime, dir: string): AsyncGenerator<ParityRow> {
  const fixture = openFixture(dir);
  const folder = readModelFolder(join(fixture.folder, 'model'));
  const weights = packWeights(folder.config, folder.tensors);
  yield* checkPreprocessing(fixture, folder.config);
  for (const [name, expected] of Object.entries(fixture.expected.cases)) {
    const policy = new Policy(runtime, folder.config, weights);
    const tensors = new CaseTensors(fixture, name);
    const work = prepare(policy, tensors);
    yield* checkPositions(folder.config, tensors, work);
    yield* await checkForward(policy, tensors, work, expected.hidden_state_checksums);
    yield* await checkGradients(policy, tensors, work, expected.sft);
    yield* await checkGeneration(policy, tensors, work, expected.generate);
    policy.dispose();
  }
  if (fixture.expected.adamw !== undefined) {
    const policy = new Policy(runtime, folder.config, weights);
    yield* checkAdamW(policy, fixture, fixture.expected.adamw);
    policy.dispose();
  }
  const adapter = join(fixture.folder, 'lora_adapter');
  if (fixture.expected.lora === undefined || !existsSync(adapter)) return;
  const loaded = loadAdapter(folder.config, adapter);
  for (const [name, entry] of Object.entries(fixture.expected.lora)) {
    const expected = loraCaseSchema.safeParse(entry);
    if (!expected.success) continue;
    const policy = new Policy(runtime, folder.config, new Map([...weights, ...loaded.weights]), {
      lora: loaded.shape,
    });
    yield* await checkLora(policy, fixture, { name, expected: expected.data });
    policy.dispose();
  }
}

async function checkForward(
  policy: Policy,
  tensors: CaseTensors,
  work: Work,
  checksums: Readonly<Record<string, Checksum>>,
): Promise<ParityRow[]> {
  const { runtime, config } = policy;
  const arena = new Arena(runtime);
  const trunk = new Trunk(policy, arena, { packed: work.packed, stages: policy.inferenceStages() });
  const stage = policy.logitsStage();
  const index = filled(policy, arena, {
    dtype: 'i32',
    shape: [work.packed.tokens],
    data: Int32Array.from({ length: work.packed.tokens }, (_, i) => i),
  });
  const head = stage.block.forward(arena, {
    h: trunk.hidden,
    index,
    ...boundWeights(policy, stage),
  });
  await runtime.run([...trunk.steps, head.step]);
  const out = (name: string) => {
    const tensor = head.outputs[name];
    if (tensor === undefined) throw new RangeError(`no output ${name}`);
    return runtime.readF32(tensor);
  };
  const { vocabSize, hiddenSize } = config.text;
  const hidden = out('hidden');
  const logits = padded(work, out('logits'), vocabSize);
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const rows: ParityRow[] = [
    compare(at('logits'), logits, tensors.f32('logits'), LOGITS, isReal(work, vocabSize)),
    compare(
      at('final_hidden'),
      padded(work, hidden, hiddenSize),
      tensors.f32('final_hidden'),
      LOGITS,
      isReal(work, hiddenSize),
    ),
    ...tokenScores(work, logits, vocabSize, tensors),
  ];
  if (trunk.visionOutput !== undefined && tensors.has('vision_merged_embeds')) {
    const merged = restoreOrder(runtime.readF32(trunk.visionOutput), work.packed, config);
    rows.push(
      compare(at('vision_merged_embeds'), merged, tensors.f32('vision_merged_embeds'), LOGITS),
    );
  }
  for (const [name, expected] of Object.entries(checksums)) {
    const values = name === 'model.norm' ? hidden : readActivation(policy, trunk, name);
    if (values !== undefined) rows.push(compareChecksum(at(`hidden/${name}`), values, expected));
  }
  arena.dispose();
  return rows;
}

/** Log-probabilities and entropies recomputed in f64 from the logits, as the fixture defines them. */
function tokenScores(
  work: Work,
  logits: Float32Array,
  vocab: number,
  tensors: CaseTensors,
): ParityRow[] {
  const batch = work.rows.length;
  const logprobs = new Float32Array(batch * (work.width - 1));
  const entropy = new Float32Array(batch * work.width);
  const ids = tensors.i32('input_ids');
  for (let b = 0; b < batch; b++) {
    for (let s = 0; s < work.width; s++) {
      const row = logits.subarray((b * work.width + s) * vocab, (b * work.width + s + 1) * vocab);
      const top = row.reduce((a, x) => Math.max(a, x), Number.NEGATIVE_INFINITY);
      let total = 0;
      let weighted = 0;
      for (const x of row) {
        const p = Math.exp(x - top);
        total += p;
        weighted += p * x;
      }
      const lse = top + Math.log(total);
      entropy[b * work.width + s] = lse - weighted / total;
      if (s + 1 < work.width) {
        logprobs[b * (work.width - 1) + s] = (row[ids[b * work.width + s + 1] ?? 0] ?? 0) - lse;
      }
    }
  }
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  return [
    compare(
      at('token_logprobs'),
      logprobs,
      tensors.f32('token_logprobs'),
      LOGITS,
      isReal(work, 1, 1, work.width - 1),
    ),
    compare(at('token_entropy'), entropy, tensors.f32('token_entropy'), LOGITS, isReal(work, 1)),
  ];
}

/** Merged tokens from window order back to the order of the pictures. */
function restoreOrder(values: Float32Array, packed: Packed, config: ModelConfig): Float32Array {
  const d = config.text.hiddenSize;
  const out = new Float32Array(values.length);
  packed.vision?.windowOrder.forEach((merged, slot) => {
    out.set(values.subarray(slot * d, (slot + 1) * d), merged * d);
  });
  return out;
}

function readActivation(policy: Policy, trunk: Trunk, name: string): Float32Array | undefined {
  const stage = name
    .replace('visual.patch_embed', 'patch-embed')
    .replace('visual.blocks.', 'vision-block-')
    .replace('model.layers.', 'layer-');
  const tensor = trunk.activations.get(stage);
  return tensor === undefined ? undefined : policy.runtime.readF32(tensor);
}

function compareChecksum(
  at: { case: string; tensor: string },
  values: Float32Array,
  expected: Checksum,
): ParityRow {
  let [sum, absolute, square] = [0, 0, 0];
  for (const x of values) {
    sum += x;
    absolute += Math.abs(x);
    square += x * x;
  }
  // The plain sum cancels, so it is judged on the scale of the absolute sum.
  const actual = [
    sum / expected.abs_sum,
    absolute / expected.abs_sum,
    Math.sqrt(square) / expected.l2,
  ];
  return compare(at, actual, [expected.sum / expected.abs_sum, 1, 1], CHECKSUM);
}

async function checkGradients(
  policy: Policy,
  tensors: CaseTensors,
  work: Work,
  expected: Expected['cases'][string]['sft'],
): Promise<ParityRow[]> {
  const learner = new Learner(policy, ADAMW_DEFAULTS);
  const loss = await supervised(learner, work);
  const gradients = readGradients(policy, learner);
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const rows = [compare(at('sft/loss'), [loss], [expected.loss], LOGITS)];
  for (const name of tensors.names('grad/')) {
    const actual = gradients.get(name.slice('grad/'.length));
    rows.push(compare(at(name), actual?.data ?? [], tensors.f32(name), GRADIENTS));
  }
  const names = Object.keys(expected.grad_norms);
  const norms = names.map((name) =>
    norm(gradients.get(name)?.data ?? new Float32Array([Number.NaN])),
  );
  rows.push(compare(at('sft/grad_norms'), norms, Object.values(expected.grad_norms), GRADIENTS));
  learner.gradients.settle();
  const total = await learner.optimizer.gradNorm();
  rows.push(compare(at('sft/grad_global_norm'), [total], [expected.grad_global_norm], GRADIENTS));
  learner.dispose();
  return rows;
}

async function checkGeneration(
  policy: Policy,
  tensors: CaseTensors,
  work: Work,
  expected: Expected['cases'][string]['generate'],
): Promise<ParityRow[]> {
  const newTokens = tensors.get('gen_ids').shape[1] ?? 0;
  const { vocabSize, eosTokenIds } = policy.config.text;
  const expectedIds = tensors.i32('gen_ids');
  // The reference was made to write a fixed number of tokens, so its end tokens could not be drawn.
  const suppressed = new Uint8Array(vocabSize);
  for (const id of eosTokenIds) if (!expectedIds.includes(id)) suppressed[id] = 1;
  const requests = work.rows.map((row) => ({
    prompt: { ids: row.ids.subarray(0, expected.prompt_length - row.from), visuals: row.visuals },
    seed: 0n,
  }));
  const completions = await generate(policy, requests, {
    maxTokens: newTokens,
    temperature: 0,
    topK: 0,
    topP: 1,
    minP: 0,
    stopIds: [],
    suppressed,
  });
  const ids = completions.flatMap((completion) => [...completion.ids]);
  const at = (tensor: string) => ({ case: tensors.name, tensor });
  const rows = [compare(at('gen_ids'), ids, expectedIds, EXACT)];
  if (!tensors.has('gen_step_logits')) return rows;
  // The log-probability of each chosen token, from the cache, against the reference's step logits.
  const logits = tensors.f32('gen_step_logits');
  const reference = Float32Array.from(ids, (token, i) => {
    const row = logits.subarray(i * vocabSize, (i + 1) * vocabSize);
    const top = row.reduce((a, x) => Math.max(a, x), Number.NEGATIVE_INFINITY);
    return (row[token] ?? 0) - top - Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
  });
  const chosen = completions.flatMap((completion) => [...completion.logprobs]);
  rows.push(compare(at('gen_step_logprobs'), chosen, reference, LOGITS));
  return rows;
}
