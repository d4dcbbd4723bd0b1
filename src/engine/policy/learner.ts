/**
 * The policy while it learns: passes whose gradients accumulate, then one clipped update. Knows no
 * objective; callers bring the gradient of the log-probabilities.
 */
import { LabError } from '../../shared/errors.ts';
import { AdamW, type AdamWSettings, type StepOptions } from '../optimizer/adamw.ts';
import { Arena } from './arena.ts';
import { Gradients } from './gradients.ts';
import type { Packed } from './pack.ts';
import { ScorePass, type ScoreRequest, type Scores } from './pass.ts';
import type { Policy } from './policy.ts';

/** Gradient of the objective with respect to the scores, both [M]. */
export interface ScoreGradients {
  readonly logprob: Float32Array;
  readonly entropy?: Float32Array | undefined;
}

export class Learner {
  readonly policy: Policy;
  readonly gradients: Gradients;
  readonly optimizer: AdamW;
  private readonly arena: Arena;

  constructor(policy: Policy, settings: AdamWSettings) {
    this.policy = policy;
    this.gradients = new Gradients(policy);
    this.optimizer = new AdamW(policy.runtime, policy.params, this.gradients.buffers, settings);
    this.arena = new Arena(policy.runtime);
  }

  /**
   * Forward, then backward with the gradient that `objective` returns for the scores; adds to the
   * accumulated gradient. An objective that returns undefined contributes nothing.
   */
  async accumulate(
    packed: Packed,
    request: ScoreRequest,
    objective: (scores: Scores) => Promise<ScoreGradients | undefined> | ScoreGradients | undefined,
  ): Promise<void> {
    this.arena.reset();
    const { runtime } = this.policy;
    const pass = new ScorePass(this.policy, this.arena, {
      packed,
      request,
      stages: this.policy.trainStages(),
    });
    await runtime.run(pass.forwardSteps);
    const grads = await objective(pass.read());
    if (grads === undefined) return;
    await runtime.run(pass.backwardSteps(this.gradients, grads.logprob, grads.entropy));
  }

  /** As {@link accumulate} where the gradient is known beforehand: one native run for both ways. */
  async accumulateLinear(
    packed: Packed,
    request: ScoreRequest,
    grads: ScoreGradients,
  ): Promise<Scores> {
    this.arena.reset();
    const pass = new ScorePass(this.policy, this.arena, {
      packed,
      request,
      stages: this.policy.trainStages(),
    });
    const backward = pass.backwardSteps(this.gradients, grads.logprob, grads.entropy);
    await this.policy.runtime.run([...pass.forwardSteps, ...backward]);
    return pass.read();
  }

  /**
   * One optimizer update with what was accumulated; starts a new accumulation.
   * @returns the global gradient norm before clipping
   * @throws LabError `train/non-finite` before any weight is touched
   */
  async update(options: StepOptions): Promise<number> {
    this.gradients.settle();
    const norm = await this.optimizer.gradNorm();
    if (!Number.isFinite(norm)) {
      throw new LabError('train/non-finite', `[gradient] the gradient norm is ${norm}`, {
        hint: 'lower the learning rate, or look at the stored batch',
        details: { stage: 'gradient', update: this.optimizer.updates + 1 },
      });
    }
    await this.optimizer.step(norm, options);
    this.gradients.zero();
    return norm;
  }

  dispose(): void {
    this.arena.dispose();
    this.gradients.dispose();
    this.optimizer.dispose();
  }
}

/** Scores without gradients, for reference policies and checks. */
export async function scoreOnly(
  policy: Policy,
  packed: Packed,
  request: ScoreRequest,
): Promise<Scores> {
  return policy.arenas.borrow(async (arena) => {
    const pass = new ScorePass(policy, arena, {
      packed,
      request,
      stages: policy.inferenceStages(),
    });
    await policy.runtime.run(pass.forwardSteps);
    return pass.read();
  });
}
