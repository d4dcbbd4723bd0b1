/**
 * AdamW on the device (arXiv:1711.05101, torch.optim.AdamW's arithmetic): global gradient norm,
 * clipping folded into the update, moments and parameters written in place.
 */
import { GraphBuilder } from '../graph/builder.ts';
import type { Program, Step } from '../runtime/program.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../runtime/tensor.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Parameters that decay; default all, as one torch.optim.AdamW group does. */
  readonly decays?: (name: string) => boolean;
}

export const ADAMW_DEFAULTS: AdamWSettings = {
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0,
};

export interface StepOptions {
  readonly learningRate: number;
  /** Largest global L2 norm of the gradient; Infinity = no clipping. */
  readonly maxGradNorm: number;
}

/** Host copies of the moments by `m/<parameter>` and `v/<parameter>`. */
export type OptimizerState = Map<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> }
>;

export class AdamW {
  readonly settings: AdamWSettings;
  /** Updates done so far: t of the bias correction. */
  updates = 0;
  private readonly runtime: Runtime;
  private readonly m = new Map<string, Tensor>();
  private readonly v = new Map<string, Tensor>();
  private readonly total: Tensor;
  private readonly hyper: { readonly decay: Tensor; readonly plain: Tensor };
  private readonly norm: Step;
  private readonly update: Step;

  constructor(
    runtime: Runtime,
    params: ReadonlyMap<string, Tensor>,
    gradients: ReadonlyMap<string, Tensor>,
    settings: AdamWSettings = ADAMW_DEFAULTS,
  ) {
    this.runtime = runtime;
    this.settings = settings;
    this.total = runtime.tensor('f32', [1]);
    this.hyper = { decay: runtime.tensor('f32', [8]), plain: runtime.tensor('f32', [8]) };
    for (const [name, gradient] of gradients) {
      for (const state of [this.m, this.v]) {
        const zeros = runtime.tensor('f32', gradient.shape);
        runtime.fill(zeros, 0);
        state.set(name, zeros);
      }
    }
    this.norm = this.bindNorm(gradients);
    this.update = this.bindUpdate(params, gradients);
  }

  /**
   * The global L2 norm of the gradient, before clipping. The caller checks that it is finite before
   * it calls {@link step}: an update with a non-finite gradient destroys the weights.
   */
  async gradNorm(): Promise<number> {
    await this.runtime.run([this.norm]);
    return Math.sqrt(this.runtime.readF32(this.total)[0] ?? Number.NaN);
  }

  /** One update with the gradient as it is in its buffers; `gradNorm` from {@link AdamW.gradNorm}. */
  async step(gradNorm: number, options: StepOptions): Promise<void> {
    this.updates += 1;
    const { beta1, beta2, eps, weightDecay } = this.settings;
    // As torch.nn.utils.clip_grad_norm_: the coefficient is capped at 1 and guarded by 1e-6.
    const scale = Math.min(1, options.maxGradNorm / (gradNorm + 1e-6));
    const hyper = (decay: number) =>
      Float32Array.of(
        options.learningRate,
        beta1,
        beta2,
        eps,
        decay,
        1 - beta1 ** this.updates,
        1 - beta2 ** this.updates,
        scale,
      );
    this.runtime.write(this.hyper.decay, hyper(weightDecay));
    this.runtime.write(this.hyper.plain, hyper(0));
    await this.runtime.run([this.update]);
  }

  /** The moments, read back from the device. */
  state(): OptimizerState {
    const copy: OptimizerState = new Map();
    for (const [prefix, moments] of this.moments()) {
      for (const [name, tensor] of moments) {
        copy.set(`${prefix}/${name}`, { shape: tensor.shape, data: this.runtime.readF32(tensor) });
      }
    }
    return copy;
  }

  /** Restores what {@link AdamW.state} returned, and the update count. */
  restore(state: ReadonlyMap<string, { readonly data: Float32Array }>, updates: number): void {
    for (const [prefix, moments] of this.moments()) {
      for (const [name, tensor] of moments) {
        const saved = state.get(`${prefix}/${name}`);
        if (saved === undefined) throw new RangeError(`optimizer state lacks ${prefix}/${name}`);
        this.runtime.write(tensor, saved.data);
      }
    }
    this.updates = updates;
  }

  dispose(): void {
    for (const tensor of [...this.m.values(), ...this.v.values()]) tensor.dispose();
    for (const tensor of [this.total, this.hyper.decay, this.hyper.plain]) tensor.dispose();
  }

  private moments() {
    return [
      ['m', this.m],
      ['v', this.v],
    ] as const;
  }

  private bindNorm(gradients: ReadonlyMap<string, Tensor>): Step {
    const g = new GraphBuilder('gradient-norm');
    const inputs: Record<string, Tensor> = {};
    let total = g.constant([0], { dtype: 'f32', shape: [1] });
    for (const [name, tensor] of gradients) {
      inputs[name] = tensor;
      total = g.add(total, g.sumSquares(g.input(name, 'f32', tensor.shape)));
    }
    g.output('total', total);
    return this.compile(g).bind(inputs, { total: this.total });
  }

  private bindUpdate(
    params: ReadonlyMap<string, Tensor>,
    gradients: ReadonlyMap<string, Tensor>,
  ): Step {
    const g = new GraphBuilder('adamw');
    const inputs: Record<string, Tensor> = { decay: this.hyper.decay, plain: this.hyper.plain };
    const outputs: Record<string, Tensor> = {};
    const decay = g.input('decay', 'f32', [8]);
    const plain = g.input('plain', 'f32', [8]);
    for (const [name, gradient] of gradients) {
      const state = { p: params.get(name), m: this.m.get(name), v: this.v.get(name) };
      const value = (key: 'p' | 'm' | 'v') => {
        const tensor = state[key];
        if (tensor === undefined) throw new RangeError(`no ${key} tensor for parameter ${name}`);
        inputs[`${key}/${name}`] = tensor;
        // In place: the update reads each element before it writes it.
        outputs[`new/${key}/${name}`] = tensor;
        return g.input(`${key}/${name}`, 'f32', tensor.shape);
      };
      const [p, m, v] = [value('p'), value('m'), value('v')];
      inputs[`g/${name}`] = gradient;
      const hyper = (this.settings.decays?.(name) ?? true) ? decay : plain;
      const updated = g.adamw(p, m, v, g.input(`g/${name}`, 'f32', gradient.shape), hyper);
      for (const key of ['p', 'm', 'v'] as const) g.output(`new/${key}/${name}`, updated[key]);
    }
    return this.compile(g).bind(inputs, outputs);
  }

  private compile(g: GraphBuilder): Program {
    return this.runtime.compile(g.finish());
  }
}
