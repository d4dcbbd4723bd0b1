/**
 * Prompts -> completions. The G samples of a prompt share its prefill; every sample owns one slot of
 * the key/value cache, written in place; finished samples leave the batch. One run of the decode
 * programs per token; sampling policy, stopping and streaming stay here.
 */

import { LabError } from '../../shared/errors.ts';
import { textRope } from '../models/qwen2-5-vl/rope-table.ts';
import { type Alternative, bindLogits, topOf } from '../policy/alternatives.ts';
import type { Arena } from '../policy/arena.ts';
import { type Packed, packTrees } from '../policy/pack.ts';
import { boundWeights, distinctRows, filled, Trunk } from '../policy/pass.ts';
import type { Policy } from '../policy/policy.ts';
import type { Prompt } from '../policy/tree.ts';
import type { Step } from '../runtime/program.ts';
import type { Tensor } from '../runtime/tensor.ts';

export interface SamplingSettings {
  readonly maxTokens: number;
  /** 0 = greedy. */
  readonly temperature: number;
  /** 0 = off. */
  readonly topK: number;
  /** 1 = off. */
  readonly topP: number;
  /** 0 = off. */
  readonly minP: number;
  /** A completion ends with (and includes) one of these. */
  readonly stopIds: readonly number[];
  /** u8 [V], 1 = never drawn; visual placeholders must be here, or the next pass cannot read the text. */
  readonly suppressed: Uint8Array;
}

/** One sample wanted of a prompt. Its draws depend on the seed and the token's index, on nothing else. */
export interface SampleRequest {
  readonly prompt: Prompt;
  readonly seed: bigint;
}

export interface Completion {
  /** i32 [T], the stop token included. */
  readonly ids: Int32Array;
  /** [T] nats, of softmax(logits / temperature). */
  readonly logprobs: Float32Array;
  /** [T] nats */
  readonly entropy: Float32Array;
  readonly finish: 'stop' | 'length';
}

export interface GenerateOptions {
  readonly signal?: AbortSignal;
  /** Called for every token as it is drawn. */
  readonly onToken?: (sample: number, token: number, drawn: DrawnToken) => void;
  /** How many of the likeliest tokens are told with each one; costs the logits of every row. */
  readonly alternatives?: number;
  /** Told once, how long prompts and pictures took. */
  readonly onPrefill?: (milliseconds: number) => void;
}

export interface DrawnToken {
  /** Nats. */
  readonly logprob: number;
  readonly entropy: number;
  /** The likeliest first; empty where none were asked for. */
  readonly top: readonly Alternative[];
}

/** Completions in the order of the requests. Requests with the same prompt object share its prefill. */
export async function generate(
  policy: Policy,
  requests: readonly SampleRequest[],
  settings: SamplingSettings,
  options: GenerateOptions = {},
): Promise<Completion[]> {
  if (requests.length === 0 || settings.maxTokens <= 0) {
    return requests.map(() => finished({ ids: [], logprobs: [], entropy: [] }, 'length'));
  }
  return policy.arenas.borrow(async (arena, stepArena) => {
    const batch = new DecodeBatch(policy, arena, stepArena, requests, {
      ...settings,
      alternatives: options.alternatives ?? 0,
    });
    const started = performance.now();
    await batch.prefill(options.signal);
    options.onPrefill?.(performance.now() - started);
    while (batch.active.length > 0) {
      options.signal?.throwIfAborted();
      batch.collect(options.onToken);
      if (batch.active.length > 0) await batch.advance(options.signal);
    }
    return batch.completions();
  });
}

interface Growing {
  readonly ids: number[];
  readonly logprobs: number[];
  readonly entropy: number[];
}

interface Sequence {
  readonly sample: number;
  readonly prefixStart: number;
  readonly prefixLength: number;
  readonly nextPosition: number;
  readonly seed: bigint;
  readonly text: Growing;
  finish: 'stop' | 'length' | undefined;
}

/** The tensors of one decode step and the steps bound to them; remade when rows leave the batch. */
interface BoundStep {
  readonly rows: readonly Sequence[];
  readonly ids: Tensor;
  readonly place: Tensor;
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly keys: Tensor;
  readonly steps: readonly Step[];
}

interface Drawn {
  readonly token: Tensor;
  readonly logprob: Tensor;
  readonly entropy: Tensor;
  /** [B, V], where alternatives are asked for. */
  readonly logits?: Tensor;
}

/** Rows that have left may ride along until this share of the batch is idle: binding anew costs time. */
const IDLE_SHARE = 1 / 16;

class DecodeBatch {
  active: Sequence[] = [];
  private readonly sequences: Sequence[] = [];
  private readonly policy: Policy;
  private readonly arena: Arena;
  private readonly stepArena: Arena;
  private readonly settings: SamplingSettings & { readonly alternatives: number };
  private readonly requests: readonly SampleRequest[];
  private readonly stages;
  private prefixKv: readonly Tensor[] = [];
  private caches: readonly Tensor[] = [];
  private bound: BoundStep | undefined;
  private drawn: { readonly rows: readonly Sequence[]; readonly tensors: Drawn } | undefined;

  constructor(
    policy: Policy,
    arena: Arena,
    stepArena: Arena,
    requests: readonly SampleRequest[],
    settings: SamplingSettings & { readonly alternatives: number },
  ) {
    this.policy = policy;
    this.arena = arena;
    this.stepArena = stepArena;
    this.requests = requests;
    this.settings = settings;
    this.stages = policy.decodeStages();
    if (settings.suppressed.length !== policy.config.text.vocabSize) {
      throw new LabError(
        'config/invalid',
        `[generate] suppressed must have one entry per token: expected ${policy.config.text.vocabSize}, got ${settings.suppressed.length}`,
      );
    }
  }

  /** Computes every distinct prompt once and draws the first token of every sample. */
  async prefill(signal: AbortSignal | undefined): Promise<void> {
    const { policy, arena } = this;
    const prompts = [...new Set(this.requests.map((request) => request.prompt))];
    const packed = packTrees(
      policy.config,
      prompts.map((prompt) => ({ prompt, branches: [] })),
    );
    this.place(prompts, packed);
    const ends = Int32Array.from(this.active, (row) => row.prefixStart + row.prefixLength - 1);
    const { keep, index } = distinctRows(ends);
    const trunk = new Trunk(policy, arena, { packed, stages: policy.inferenceStages(), keep });
    this.prefixKv = trunk.kv;
    const width = trunk.kv[0]?.shape[1] ?? 0;
    const shape = [this.sequences.length, this.settings.maxTokens, width];
    this.caches = trunk.kv.map(() => arena.take('f32', shape));
    const head = this.bindHead(arena, trunk.hidden, index, this.keys(this.active));
    this.drawn = { rows: this.active, tensors: head.drawn };
    await policy.runtime.run(
      [...trunk.steps, ...head.steps],
      signal === undefined ? {} : { signal },
    );
  }

  /** Reads the tokens of the last step and drops the sequences that ended. */
  collect(onToken: GenerateOptions['onToken']): void {
    const { drawn } = this;
    if (drawn === undefined) return;
    const { runtime } = this.policy;
    const tokens = runtime.readI32(drawn.tensors.token);
    const logprobs = runtime.readF32(drawn.tensors.logprob);
    const entropy = runtime.readF32(drawn.tensors.entropy);
    const top = onToken === undefined ? [] : this.alternativesOf(drawn.tensors.logits);
    drawn.rows.forEach((row, i) => {
      if (row.finish !== undefined) return;
      const token = tokens[i] ?? 0;
      row.text.ids.push(token);
      row.text.logprobs.push(logprobs[i] ?? 0);
      row.text.entropy.push(entropy[i] ?? 0);
      onToken?.(row.sample, token, {
        logprob: logprobs[i] ?? 0,
        entropy: entropy[i] ?? 0,
        top: top[i] ?? [],
      });
      if (this.settings.stopIds.includes(token)) row.finish = 'stop';
      else if (row.text.ids.length >= this.settings.maxTokens) row.finish = 'length';
    });
    this.active = this.active.filter((row) => row.finish === undefined);
  }

  /** Runs one token for the rows of the batch. */
  async advance(signal: AbortSignal | undefined): Promise<void> {
    const idle = (this.bound?.rows.length ?? 0) - this.active.length;
    if (this.bound === undefined || idle > this.bound.rows.length * IDLE_SHARE) this.bind();
    const bound = this.bound;
    if (bound === undefined) return;
    this.write(bound);
    await this.policy.runtime.run(bound.steps, signal === undefined ? {} : { signal });
  }

  completions(): Completion[] {
    return this.sequences.map((row) => finished(row.text, row.finish ?? 'length'));
  }

  private place(prompts: readonly Prompt[], packed: Packed): void {
    const trees = new Map(prompts.map((prompt, i) => [prompt, packed.trees[i]]));
    this.requests.forEach((request, sample) => {
      const tree = trees.get(request.prompt);
      if (tree === undefined || tree.promptLength === 0) {
        throw new LabError('dataset/bad-row', '[generate] a prompt needs at least one token');
      }
      this.sequences.push({
        sample,
        prefixStart: tree.promptStart,
        prefixLength: tree.promptLength,
        nextPosition: tree.nextPosition,
        seed: request.seed,
        text: { ids: [], logprobs: [], entropy: [] },
        finish: undefined,
      });
    });
    this.active = [...this.sequences];
  }

  private bind(): void {
    const { policy, stepArena: arena, stages } = this;
    arena.reset();
    const rows = [...this.active];
    const size = rows.length;
    const e = policy.config.text.hiddenSize / policy.config.text.numAttentionHeads;
    const ids = arena.take('i32', [size]);
    const place = arena.take('i32', [size, 4]);
    const cos = arena.take('f32', [size, e]);
    const sin = arena.take('f32', [size, e]);
    const keys = arena.take('i64', [size, 2]);
    const embedded = stages.embed.block.forward(arena, {
      ids,
      ...boundWeights(policy, stages.embed),
    });
    const steps = [embedded.step];
    let x = output(embedded.outputs, 'y');
    stages.layers.forEach((stage, i) => {
      const cache = this.caches[i];
      const prefix = this.prefixKv[i];
      if (cache === undefined || prefix === undefined)
        throw new RangeError(`no cache for layer ${i}`);
      const applied = stage.block.forward(
        arena,
        { x, cos, sin, rows: place, cache, prefix_kv: prefix, ...boundWeights(policy, stage) },
        // In place: the kernel writes one row per sequence and leaves the rest as it is.
        { cache_out: cache },
      );
      steps.push(applied.step);
      x = output(applied.outputs, 'y');
    });
    const head = this.bindHead(arena, x, Int32Array.from(rows.keys()), keys);
    steps.push(...head.steps);
    this.bound = { rows, ids, place, cos, sin, keys, steps };
    this.drawn = { rows, tensors: head.drawn };
  }

  private bindHead(arena: Arena, h: Tensor, index: Int32Array, keys: Tensor | BigInt64Array) {
    const { policy, settings } = this;
    const { sample } = this.stages;
    const size = index.length;
    const params = new Float32Array(4 * size);
    for (let i = 0; i < size; i++) {
      params.set([settings.temperature, settings.topK, settings.topP, settings.minP], 4 * i);
    }
    const applied = sample.block.forward(arena, {
      h,
      index: filled(policy, arena, { dtype: 'i32', shape: [size], data: index }),
      params: filled(policy, arena, { dtype: 'f32', shape: [size, 4], data: params }),
      keys:
        keys instanceof BigInt64Array
          ? filled(policy, arena, { dtype: 'i64', shape: [size, 2], data: keys })
          : keys,
      suppressed: filled(policy, arena, {
        dtype: 'u8',
        shape: [settings.suppressed.length],
        data: settings.suppressed,
      }),
      ...boundWeights(policy, sample),
    });
    const drawn: Drawn = {
      token: output(applied.outputs, 'token'),
      logprob: output(applied.outputs, 'logprob'),
      entropy: output(applied.outputs, 'entropy'),
    };
    if (settings.alternatives === 0) return { steps: [applied.step], drawn };
    const { step, logits } = bindLogits(policy, arena, h, index);
    return { steps: [applied.step, step], drawn: { ...drawn, logits } };
  }

  private alternativesOf(logits: Tensor | undefined): Alternative[][] {
    if (logits === undefined) return [];
    const { policy, settings } = this;
    return topOf(policy.runtime.readF32(logits), policy.config.text.vocabSize, {
      count: settings.alternatives,
      temperature: settings.temperature === 0 ? 1 : settings.temperature,
    });
  }

  /** (seed, token index) of every row. */
  private keys(rows: readonly Sequence[]): BigInt64Array {
    return BigInt64Array.from(rows.flatMap((row) => [row.seed, BigInt(row.text.ids.length)]));
  }

  private write(bound: BoundStep): void {
    const { runtime, config } = this.policy;
    const size = bound.rows.length;
    const place = new Int32Array(4 * size);
    const positions = new Int32Array(3 * size);
    bound.rows.forEach((row, i) => {
      // The last token drawn is the row's input; it becomes entry `written` of the row's cache.
      const written = row.text.ids.length - 1;
      place.set([row.prefixStart, row.prefixLength, row.sample, written], 4 * i);
      for (let axis = 0; axis < 3; axis++) positions[axis * size + i] = row.nextPosition + written;
    });
    const rope = textRope(config, positions);
    runtime.write(
      bound.ids,
      Int32Array.from(bound.rows, (row) => row.text.ids.at(-1) ?? 0),
    );
    runtime.write(bound.place, place);
    runtime.write(bound.cos, rope.cos);
    runtime.write(bound.sin, rope.sin);
    runtime.write(bound.keys, this.keys(bound.rows));
  }
}

function output(outputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new RangeError(`no output ${name}`);
  return tensor;
}

function finished(text: Growing, finish: 'stop' | 'length'): Completion {
  return {
    ids: Int32Array.from(text.ids),
    logprobs: Float32Array.from(text.logprobs),
    entropy: Float32Array.from(text.entropy),
    finish,
  };
}
