/**
 * Every column a training batch can have: its letters, its dtype and the stage that writes it.
 * Objectives and advantages declare what they need in these names; a recipe whose needs no active
 * stage writes is refused when it is resolved. A column is written once and never changed. Letters: B sequences, T completion tokens, P prompt tokens,
 * R reward terms (glossary). In [B,T] columns the values where `mask` is 0 carry no meaning.
 */

export interface ColumnSpec {
  readonly letters: readonly string[];
  readonly dtype: 'f32' | 'f64' | 'i32' | 'u8';
  readonly writer: Stage;
  readonly meaning: string;
}

export type Stage =
  | 'data'
  | 'prompt'
  | 'rollout'
  | 'reference'
  | 'masked-twin'
  | 'forward'
  | 'reward'
  | 'advantage'
  | 'loop';

export const columns = {
  promptTokens: {
    letters: ['B', 'P'],
    dtype: 'i32',
    writer: 'prompt',
    meaning: 'prompt token ids',
  },
  completionTokens: {
    letters: ['B', 'T'],
    dtype: 'i32',
    writer: 'rollout',
    meaning: 'completion token ids (from the data set in supervised and preference training)',
  },
  mask: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'rollout',
    meaning: '1 where a completion token is scored, else 0 (padding, observations, truncated rows)',
  },
  group: {
    letters: ['B'],
    dtype: 'i32',
    writer: 'rollout',
    meaning: 'index of the prompt a row was sampled from; rows of a group are consecutive',
  },
  oldLogprobs: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'rollout',
    meaning: 'nats, behaviour policy at sampling time',
  },
  refLogprobs: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'reference',
    meaning: 'nats, frozen reference policy',
  },
  maskedLogprobs: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'masked-twin',
    meaning: 'nats, same tokens given the image with blanked patches',
  },
  maskedEntropy: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'masked-twin',
    meaning: 'nats, full-vocabulary entropy of the masked-image pass',
  },
  logprobs: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'forward',
    meaning: 'nats, policy being trained; carries the gradient',
  },
  entropy: {
    letters: ['B', 'T'],
    dtype: 'f32',
    writer: 'forward',
    meaning: 'nats, full-vocabulary entropy of the policy being trained',
  },
  rewardTerms: {
    letters: ['B', 'R'],
    dtype: 'f64',
    writer: 'reward',
    meaning: 'one column per reward term before weighting; NaN = the term could not judge',
  },
  rewards: {
    letters: ['B'],
    dtype: 'f64',
    writer: 'advantage',
    meaning: 'weighted total per row; NaN = no term could judge',
  },
  advantages: {
    letters: ['B'],
    dtype: 'f64',
    writer: 'advantage',
    meaning: 'maximised; 0 where there is no reward',
  },
  tokenCount: {
    letters: [],
    dtype: 'f64',
    writer: 'loop',
    meaning: 'scored tokens of the whole generation batch',
  },
} as const satisfies Record<string, ColumnSpec>;

export type ColumnName = keyof typeof columns;

/** The columns that the given stages write. */
export function columnsWrittenBy(stages: ReadonlySet<Stage>): ReadonlySet<ColumnName> {
  // The keys of a constant object are exactly its key type.
  const names = Object.keys(columns) as ColumnName[];
  return new Set(names.filter((name) => stages.has(columns[name].writer)));
}
