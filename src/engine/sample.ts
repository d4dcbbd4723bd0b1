/**
 * What a reward term may look at. A sample of any data set is fine if it has these fields: the
 * starter world's samples do, and so do imported rows. Scoring is pure: same input, same number.
 */

/** How an answer is checked, as data, so that a data set row can carry it. See `verify/`. */
export interface VerifierSpec {
  readonly kind: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface RewardSample {
  /** The reference answer as text; used where the verifier's params do not say more. */
  readonly answer: string;
  readonly verifier: VerifierSpec | { readonly kind: string; readonly params: object };
}

/** One completion as it left the sampler, without special tokens. */
export interface Completion {
  readonly text: string;
  /** T of this row, end token included; absent when only text is at hand. */
  readonly tokens?: number;
  /** The cap it was sampled under. */
  readonly maxTokens?: number;
}
