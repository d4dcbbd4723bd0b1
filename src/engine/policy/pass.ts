/**
 * One pass of the policy over a packed stream: forward through vision, embedding, layers and head,
 * then, if asked, backward. The steps are bound here and run natively as one list.
 */

import type { Step, Tensors } from '../runtime/program.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Arena } from './arena.ts';
import type { Applied } from './compiled-block.ts';
import type { Gradients } from './gradients.ts';
import type { Packed } from './pack.ts';
import type { ModelStages, Policy, Stage } from './policy.ts';

/** Which next tokens to score: row of the packed stream that predicts, and the token. */
export interface ScoreRequest {
  /** i32 [M] */
  readonly index: Int32Array;
  /** i32 [M] */
  readonly targets: Int32Array;
  /** Log-probabilities are of logits / temperature. */
  readonly temperature: number;
}

/** A stage applied in the forward direction, kept for the way back. */
interface Link {
  readonly name: string;
  readonly stage: Stage;
  readonly applied: Applied;
}

export interface Scores {
  /** [M] nats */
  readonly logprobs: Float32Array;
  /** [M] nats */
  readonly entropy: Float32Array;
}

/**
 * The hidden states of the last layer (before the final norm) and the steps that compute them: of
 * all N rows, or of the rows `keep` alone.
 */
export class Trunk {
  readonly steps: Step[] = [];
  readonly hidden: Tensor;
  readonly visionOutput: Tensor | undefined;
  /** Output y of every stage, in order: what the parity checks read. */
  readonly activations = new Map<string, Tensor>();
  /** kv [N, 2*K*E] of every layer, where the layers give it. */
  readonly kv: Tensor[] = [];
  private readonly policy: Policy;
  private readonly arena: Arena;
  private readonly stages: ModelStages;
  private readonly vision: Link[] = [];
  private readonly text: Link[] = [];

  constructor(
    policy: Policy,
    arena: Arena,
    work: { readonly packed: Packed; readonly stages: ModelStages; readonly keep?: Int32Array },
  ) {
    const { packed, stages, keep } = work;
    this.policy = policy;
    this.arena = arena;
    this.stages = stages;
    this.visionOutput = packed.vision === undefined ? undefined : this.runVision(packed.vision);
    this.hidden = this.runText(packed, this.visionOutput, keep);
  }

  /** Appends the backward steps. `grad` is the gradient of the hidden states, in their shape. */
  backward(grad: Tensor, gradients: Gradients, steps: Step[]): void {
    let flowing: Tensor | undefined = grad;
    for (const link of this.text.toReversed()) {
      if (flowing === undefined) return;
      const inputs = stepBack(this.arena, link, { grads: { y: flowing }, gradients, steps });
      if (link.name === 'place') {
        if (inputs['image'] !== undefined) this.backwardVision(inputs['image'], gradients, steps);
        flowing = inputs['text'];
      } else {
        flowing = inputs['x'];
      }
    }
  }

  private backwardVision(grad: Tensor, gradients: Gradients, steps: Step[]): void {
    let flowing: Tensor | undefined = grad;
    for (const link of this.vision.toReversed()) {
      if (flowing === undefined) return;
      flowing = stepBack(this.arena, link, { grads: { y: flowing }, gradients, steps })['x'];
    }
  }

  private runVision(vision: NonNullable<Packed['vision']>): Tensor {
    const { policy, arena, stages } = this;
    const { vision: config } = policy.config;
    const upload = (
      dtype: 'f32' | 'i32',
      shape: readonly number[],
      data: Float32Array | Int32Array,
    ) => filled(policy, arena, { dtype, shape, data });
    const head = config.hiddenSize / config.numHeads;
    const cos = upload('f32', [vision.patches, head], vision.cos);
    const sin = upload('f32', [vision.patches, head], vision.sin);
    const windows = upload('i32', [vision.windowSegments.length / 4, 4], vision.windowSegments);
    const frames = upload('i32', [vision.fullSegments.length / 4, 4], vision.fullSegments);
    const pixels = upload(
      'f32',
      [vision.patches, vision.pixels.length / vision.patches],
      vision.pixels,
    );
    let x = this.apply(this.vision, 'patch-embed', stages.patchEmbed, { pixels });
    stages.visionBlocks.forEach((stage, i) => {
      const segments = config.fullattBlockIndexes.includes(i) ? frames : windows;
      x = this.apply(this.vision, `vision-block-${i}`, stage, { x, cos, sin, segments });
    });
    return this.apply(this.vision, 'merger', stages.merger, { x }, { J: vision.merged });
  }

  private runText(packed: Packed, image: Tensor | undefined, keep: Int32Array | undefined): Tensor {
    const { policy, arena, stages } = this;
    const e = policy.config.text.hiddenSize / policy.config.text.numAttentionHeads;
    const upload = (
      dtype: 'f32' | 'i32',
      shape: readonly number[],
      data: Float32Array | Int32Array,
    ) => filled(policy, arena, { dtype, shape, data });
    const ids = upload('i32', [packed.textIds.length], packed.textIds);
    let x = this.apply(this.text, 'embed', stages.embed, { ids });
    if (image !== undefined && packed.place !== undefined) {
      const place = upload('i32', [packed.tokens], packed.place);
      x = this.apply(this.text, 'place', stages.place, { text: x, image, place });
    }
    const cos = upload('f32', [packed.tokens, e], packed.cos);
    const sin = upload('f32', [packed.tokens, e], packed.sin);
    const segments = upload('i32', [packed.segments.length / 4, 4], packed.segments);
    const rotary = { cos, sin, segments };
    const whole = keep === undefined ? stages.layers : stages.layers.slice(0, -1);
    whole.forEach((stage, i) => {
      x = this.apply(this.text, `layer-${i}`, stage, { x, ...rotary });
    });
    if (keep === undefined) return x;
    const rows = upload('i32', [keep.length], keep);
    return this.apply(this.text, `layer-${whole.length}`, stages.lastLayer, {
      x,
      ...rotary,
      keep: rows,
    });
  }

  private apply(
    chain: Link[],
    name: string,
    stage: Stage,
    inputs: Tensors,
    dims: Readonly<Record<string, number>> = {},
  ): Tensor {
    const applied = stage.block.forward(
      this.arena,
      { ...inputs, ...boundWeights(this.policy, stage) },
      {},
      dims,
    );
    chain.push({ name, stage, applied });
    this.steps.push(applied.step);
    if (applied.outputs['kv'] !== undefined) this.kv.push(applied.outputs['kv']);
    const y = applied.outputs['y'];
    if (y === undefined) throw new RangeError(`stage ${name} has no output y`);
    this.activations.set(name, y);
    return y;
  }
}

/** The rows that are read, each once, and where in them each of `rows` is. */
export function distinctRows(rows: Int32Array): {
  readonly keep: Int32Array;
  readonly index: Int32Array;
} {
  const keep = Int32Array.from(new Set(rows)).sort();
  const place = new Map(Array.from(keep, (row, i) => [row, i]));
  return { keep, index: rows.map((row) => place.get(row) ?? 0) };
}

/** A trunk with the scoring head on top. */
export class ScorePass {
  readonly trunk: Trunk;
  private readonly policy: Policy;
  private readonly arena: Arena;
  private readonly head: Link;
  private readonly size: number;

  /** @param stages `policy.trainStages()` for a pass that goes back, `policy.inferenceStages()` else. */
  constructor(
    policy: Policy,
    arena: Arena,
    work: { readonly packed: Packed; readonly request: ScoreRequest; readonly stages: ModelStages },
  ) {
    const { packed, request, stages } = work;
    this.policy = policy;
    this.arena = arena;
    this.size = request.index.length;
    const { keep, index } = distinctRows(request.index);
    this.trunk = new Trunk(policy, arena, { packed, stages, keep });
    const stage = stages.head;
    const i32 = (data: Int32Array) =>
      filled(policy, arena, { dtype: 'i32', shape: [data.length], data });
    const inputs = {
      h: this.trunk.hidden,
      index: i32(index),
      targets: i32(request.targets),
      inv_temperature: filled(policy, arena, {
        dtype: 'f32',
        shape: [1],
        data: Float32Array.of(1 / request.temperature),
      }),
    };
    const applied = stage.block.forward(arena, { ...inputs, ...boundWeights(policy, stage) });
    this.head = { name: 'head', stage, applied };
  }

  /** Forward steps only. */
  get forwardSteps(): readonly Step[] {
    return [...this.trunk.steps, this.head.applied.step];
  }

  /**
   * The backward steps; parameter gradients are added to `gradients`. `setGradients` gives the
   * gradients of logprob and entropy, both [M], before they run.
   */
  bindBackward(gradients: Gradients): {
    readonly steps: readonly Step[];
    readonly setGradients: (grads: {
      readonly logprob: Float32Array;
      readonly entropy?: Float32Array | undefined;
    }) => void;
  } {
    const { runtime } = this.policy;
    const steps: Step[] = [];
    const logprob = this.arena.take('f32', [this.size]);
    const entropy = this.arena.take('f32', [this.size]);
    const grads = { logprob, entropy };
    const inputs = stepBack(this.arena, this.head, { grads, gradients, steps });
    if (inputs['h'] !== undefined) this.trunk.backward(inputs['h'], gradients, steps);
    return {
      steps,
      setGradients(given) {
        runtime.write(logprob, given.logprob);
        runtime.write(entropy, given.entropy ?? new Float32Array(entropy.size));
      },
    };
  }

  read(): Scores {
    const { logprob, entropy } = this.head.applied.outputs;
    if (logprob === undefined || entropy === undefined)
      throw new RangeError('the head has no scores');
    return {
      logprobs: this.policy.runtime.readF32(logprob),
      entropy: this.policy.runtime.readF32(entropy),
    };
  }
}

interface WayBack {
  readonly grads: Tensors;
  readonly gradients: Gradients;
  readonly steps: Step[];
}

/** Binds one stage's backward program; returns the gradients of its activation inputs. */
function stepBack(arena: Arena, link: Link, way: WayBack): Partial<Record<string, Tensor>> {
  const { stage, applied } = link;
  if (stage.block.backwardProgram === undefined) return {};
  const targets: Record<string, Tensor> = {};
  const after: Step[] = [];
  for (const name of stage.trained) {
    const target = way.gradients.target(stage.weights[name] ?? name, arena);
    targets[name] = target.tensor;
    if (target.after !== undefined) after.push(target.after);
  }
  const back = stage.block.backward(arena, applied, way.grads, targets);
  way.steps.push(back.step, ...after);
  return back.grads;
}

export function boundWeights(policy: Policy, stage: Stage): Tensors {
  return Object.fromEntries(
    Object.entries(stage.weights).map(([input, name]) => [input, policy.param(name)]),
  );
}

/** A tensor of the arena holding `data`. */
export function filled(
  policy: Policy,
  arena: Arena,
  content: {
    readonly dtype: 'f32' | 'i32' | 'i64' | 'u8';
    readonly shape: readonly number[];
    readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
  },
): Tensor {
  const tensor = arena.take(content.dtype, content.shape);
  policy.runtime.write(tensor, content.data);
  return tensor;
}
