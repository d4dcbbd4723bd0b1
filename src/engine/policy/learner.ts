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
   * accumulated gradient. A pass that fails ends the accumulation: its part is in no known state.
   */
  async accumulate(
    packed: Packed,
    request: ScoreRequest,
    objective: (scores: Scores) => Promise<ScoreGradients> | ScoreGradients,
  ): Promise<Scores> {
    this.arena.reset();
    const { runtime } = this.policy;
    const pass = new ScorePass(this.policy, this.arena, {
      packed,
      request,
      stages: this.policy.trainStages(),
    });
    try {
      const forward = runtime.run(pass.forwardSteps);
      // The way back is bound while the way there runs.
      const backward = pass.bindBackward(this.gradients);
      await forward;
      const scores = pass.read();
      backward.setGradients(await objective(scores));
      await runtime.run(backward.steps);
      return scores;
    } catch (thrown) {
      this.gradients.zero();
      throw thrown;
    }
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
