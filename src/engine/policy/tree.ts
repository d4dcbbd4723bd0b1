/**
 * What the engine runs: prompts with the branches that continue them. A chat turn is a prompt with
 * one branch, a GRPO group a prompt with G completions, a picture with several questions a prompt
 * with one branch per question. The prompt's tokens are computed once for all its branches.
 */

/** A preprocessed image or video. Object identity decides sharing: one visual is encoded once per pass. */
export interface Visual {
  readonly kind: 'image' | 'video';
  /** [t*h*w, channels*temporal*patch*patch] f32, normalised, in merge-block order. */
  readonly patches: Float32Array;
  /** Patches in time, height, width (before the merge). */
  readonly grid: readonly [number, number, number];
  /** Seconds between temporal grid steps; videos only. */
  readonly secondsPerGrid?: number;
}

export interface Prompt {
  /** Token ids with every placeholder already repeated once per merged visual token. */
  readonly ids: Int32Array;
  /** In the order of their placeholders. */
  readonly visuals: readonly Visual[];
}

export interface PromptTree {
  readonly prompt: Prompt;
  /** Text that continues the prompt; each branch sees the prompt and itself only. May be empty. */
  readonly branches: readonly Int32Array[];
}
