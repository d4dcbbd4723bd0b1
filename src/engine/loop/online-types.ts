/**
 * What the online loop is handed and what it hands back: prompts, the stages a recipe resolves to,
 * rollouts. The loop and its parts share these and nothing else.
 */
import type { AdvantageInput, AdvantageResult } from '../advantage/define.ts';
import type { Policy } from '../policy/policy.ts';
import type { Prompt } from '../policy/tree.ts';
import type { Completion, SamplingSettings } from '../rollout/generate.ts';

/** A prompt to sample from; `id` names it in rollout files and seeds its draws. */
export interface OnlinePrompt {
  readonly id: string;
  readonly prompt: Prompt;
  /** The same prompt with the picture hidden, for objectives that compare the two. */
  readonly masked?: Prompt;
}

/** Raw scores of one completion, one per reward term; NaN = the term could not judge. */
export interface Judged {
  readonly text: string;
  readonly terms: readonly number[];
  /** The answer read out of the text; null = none can be read. */
  readonly extracted?: string | null;
  /** By the item's own verifier; null = it has none. */
  readonly isRight?: boolean | null;
}

export type ColumnKey =
  | 'logprobs'
  | 'oldLogprobs'
  | 'refLogprobs'
  | 'entropy'
  | 'maskedLogprobs'
  | 'maskedEntropy'
  | 'mask';

/** Columns of one micro-batch for the objective. */
export interface ObjectiveInput {
  /** [B, T] */
  readonly columns: Readonly<Partial<Record<ColumnKey, Float32Array>>>;
  /** [B] */
  readonly advantages: Float32Array;
  readonly rows: number;
  readonly width: number;
  /** Denominators of the whole update, so that micro-batches add up. */
  readonly counts: {
    readonly batchTokens: number;
    readonly batchSequences: number;
    readonly tokenCount: number;
  };
  /** Instead of the recipe's KL coefficient. */
  readonly klWeight?: number | undefined;
}

export interface ObjectiveOutput {
  readonly loss: number;
  /** [B, T] gradient of the loss with respect to each differentiable column. */
  readonly gradients: Readonly<Partial<Record<'logprobs' | 'entropy', Float32Array>>>;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface OnlineObjective {
  readonly needs: readonly string[];
  /** Whether a row whose advantage is 0 has a gradient all the same. */
  readonly hasOwnTerms: boolean;
  run(input: ObjectiveInput): Promise<ObjectiveOutput>;
}

/** What a recipe resolves to for this loop. */
export interface OnlineStages {
  judge(prompt: OnlinePrompt, completion: Completion): Judged;
  /** [R] names and weights of the reward terms. */
  readonly terms: readonly string[];
  readonly weights: Float64Array;
  advantages(input: AdvantageInput): AdvantageResult;
  readonly objective: OnlineObjective;
  /** Frozen policy for KL terms; present when the objective needs `refLogprobs`. */
  readonly reference?: Policy;
  /** Completions cut off at the length limit teach nothing when set (DAPO's overlong filter). */
  readonly ignoreTruncated?: boolean;
}

export interface OnlineStepOptions {
  readonly seed: number;
  /** Counts from 1; seeds the draws together with `seed` and the prompt. */
  readonly step: number;
  /** G */
  readonly groupSize: number;
  readonly sampling: SamplingSettings;
  readonly learningRate: number;
  readonly maxGradNorm: number;
  /** Instead of the recipe's KL coefficient. */
  readonly klWeight?: number | undefined;
  /** Passes over the rollouts and optimizer updates per pass. */
  readonly epochs: number;
  readonly minibatches: number;
  readonly tokensPerPass: number;
  /** Rounds of sampling at most while groups without spread are replaced; 1 = take what comes. */
  readonly maxRounds: number;
  /** Groups without spread are not trained on. */
  readonly dropsSilent?: boolean;
  /** Fresh prompts for a further round, as many as asked. */
  readonly refill?: (count: number, round: number) => Promise<readonly OnlinePrompt[]>;
  readonly signal?: AbortSignal;
  readonly onStage?: (stage: OnlineStage, milliseconds: number) => void;
  /** Called with what was sampled, before anything is learned from it. */
  readonly onRollouts?: (rollouts: readonly Rollout[]) => void;
}

/** `prefill` is part of `rollout`, `optimizer` of `update`. */
export type OnlineStage =
  | 'rollout'
  | 'prefill'
  | 'reward'
  | 'advantage'
  | 'reference'
  | 'update'
  | 'optimizer';

/** One completion with everything known about it. */
export interface Rollout {
  readonly prompt: OnlinePrompt;
  readonly sample: number;
  readonly completion: Completion;
  readonly text: string;
  readonly terms: readonly number[];
  readonly extracted: string | null;
  readonly isRight: boolean | null;
  readonly reward: number;
  readonly advantage: number;
  /** [T] nats of the reference, where the objective asked for them. */
  readonly refLogprobs?: Float32Array | undefined;
}

export interface OnlineStepResult {
  readonly rollouts: readonly Rollout[];
  readonly metrics: Readonly<Record<string, number>>;
}
