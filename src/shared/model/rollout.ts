/**
 * Rollouts as the window sees them: groups of a step, completions of a group token by token, one
 * prompt through training, searches, and what was sent elsewhere. Comes in: rollout files as main
 * indexed them. Goes out: schemas and types.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { instant, runId } from './app-run.ts';
import { mediaRef } from './media.ts';

/** Id of a row in a rollout file; two draws of one row in a step differ by a `#round.place` end. */
export const promptId = z.string().min(1).max(1000);

export const groupSummary = z.object({
  run: runId,
  step: z.int(),
  prompt: promptId,
  /** The same without `#round.place`: the row of the data. */
  row: z.string(),
  /** Empty where the engine has not told it yet. */
  question: z.string(),
  task: z.string().nullable(),
  difficulty: z.number().nullable(),
  /** sha256 of the first picture. */
  thumb: z.string().nullable(),
  /** Completions of the group. */
  size: z.int(),
  /** null: nothing says which answers are right. */
  right: z.int().nullable(),
  unique: z.int(),
  truncated: z.int(),
  rewardMean: z.number().nullable(),
  rewardStd: z.number().nullable(),
  /** All rewards alike: the group teaches nothing. */
  isSilent: z.boolean(),
  tokensMean: z.number(),
});
export type GroupSummary = z.infer<typeof groupSummary>;

export const groupFilter = z.enum([
  'all',
  'silent',
  'mixed',
  'all-right',
  'all-wrong',
  'truncated',
]);
export type GroupFilter = z.infer<typeof groupFilter>;
export const groupSort = z.enum(['place', 'reward', 'spread', 'right', 'length']);
export type GroupSort = z.infer<typeof groupSort>;

export const rolloutStep = z.object({
  step: z.int(),
  groups: z.int(),
  completions: z.int(),
  rewardMean: z.number().nullable(),
  right: z.int().nullable(),
});
export type RolloutStep = z.infer<typeof rolloutStep>;

export const completionToken = z.object({
  id: z.int(),
  text: z.string(),
  logprob: z.number().nullable(),
  entropy: z.number().nullable(),
  /** The completion's: every token of it carries the same one. */
  advantage: z.number().nullable(),
  refLogprob: z.number().nullable().optional(),
  newLogprob: z.number().nullable().optional(),
  isSpecial: z.boolean(),
});
export type CompletionToken = z.infer<typeof completionToken>;

export const completionCard = z.object({
  sample: z.int(),
  text: z.string(),
  /** stop, length, ... as the sampler said. */
  finish: z.string(),
  tokens: z.array(completionToken),
  reward: z.number().nullable(),
  /** Raw score by reward term; null: it could not judge. */
  terms: z.record(z.string(), z.number().nullable()),
  advantage: z.number().nullable(),
  extracted: z.string().nullable(),
  isRight: z.boolean().nullable(),
  /** Tokens it begins with that its best sibling begins with too. */
  sharedPrefix: z.int(),
  /** First token that differs; null for the best one itself. */
  firstDivergence: z.int().nullable(),
  meanLogprob: z.number().nullable(),
});
export type CompletionCard = z.infer<typeof completionCard>;

/** What was asked: the row of the data with its pictures. */
export const rolloutPrompt = z.object({
  row: z.string(),
  question: z.string(),
  target: z.string().nullable(),
  verifier: jsonObject.nullable(),
  task: z.string().nullable(),
  difficulty: z.number().nullable(),
  images: z.array(mediaRef),
  isVideo: z.boolean(),
});
export type RolloutPrompt = z.infer<typeof rolloutPrompt>;

export const groupDetail = groupSummary.extend({
  sample: rolloutPrompt.nullable(),
  target: z.string().nullable(),
  /** Reward terms in the recipe's order, and what each one weighs. */
  terms: z.array(z.string()),
  weights: z.record(z.string(), z.number()),
  /** Answers by how many gave them, most frequent first. */
  answers: z.array(z.object({ text: z.string(), count: z.int(), isRight: z.boolean().nullable() })),
  /** Best first: by advantage, then by sample. */
  completions: z.array(completionCard),
  sampling: z.object({
    temperature: z.number().nullable(),
    topP: z.number().nullable(),
    topK: z.number().nullable(),
    seed: z.number().nullable(),
  }),
  /** `exact`: token texts come from the tokenizer; `split`: cut evenly, boundaries are a guess. */
  tokenTexts: z.enum(['exact', 'split']),
});
export type GroupDetail = z.infer<typeof groupDetail>;

/** One time a row was drawn. */
export const throughPoint = z.object({
  step: z.int(),
  prompt: promptId,
  size: z.int(),
  right: z.int().nullable(),
  rewardMean: z.number().nullable(),
  rewardStd: z.number().nullable(),
  tokensMean: z.number(),
});
export type ThroughPoint = z.infer<typeof throughPoint>;

/** A part of a reward that has to lie between two ends; null is open. */
export const termRange = z.object({
  term: z.string(),
  min: z.number().nullable().default(null),
  max: z.number().nullable().default(null),
});

export const rolloutQuery = z.object({
  run: runId.optional(),
  /** Words of the completion; the last one may be a beginning. */
  text: z.string().max(1000).default(''),
  terms: z.array(termRange).max(16).default([]),
  finish: z.string().max(64).optional(),
  isRight: z.boolean().optional(),
  /** Wrong although the model was sure: its mean log probability is among the highest. */
  isConfident: z.boolean().optional(),
  /** The completion repeats the question. */
  isCopied: z.boolean().optional(),
  fromStep: z.int().optional(),
  toStep: z.int().optional(),
  minTokens: z.int().optional(),
  maxTokens: z.int().optional(),
});
export type RolloutQuery = z.infer<typeof rolloutQuery>;
export type RolloutQueryInput = z.input<typeof rolloutQuery>;

export const rolloutHit = z.object({
  run: runId,
  step: z.int(),
  prompt: promptId,
  sample: z.int(),
  /** Piece of the completion; hits lie between \u0002 and \u0003. */
  snippet: z.string(),
  reward: z.number().nullable(),
  advantage: z.number().nullable(),
  finish: z.string(),
  tokens: z.int(),
  extracted: z.string().nullable(),
  isRight: z.boolean().nullable(),
  meanLogprob: z.number().nullable(),
});
export type RolloutHit = z.infer<typeof rolloutHit>;

export const rolloutPage = z.object({
  hits: z.array(rolloutHit),
  /** How many there are, counted up to `limit`s of a hundred thousand. */
  total: z.int(),
  ms: z.number(),
});
export type RolloutPage = z.infer<typeof rolloutPage>;

export const bugView = z.object({
  id: z.string(),
  name: z.string(),
  query: rolloutQuery,
  isBuiltIn: z.boolean(),
});
export type BugView = z.infer<typeof bugView>;

export const watchedPrompt = z.object({
  run: runId,
  row: z.string(),
  addedAt: instant,
  /** Newest group of the row; null when the run is gone. */
  last: groupSummary.nullable(),
});
export type WatchedPrompt = z.infer<typeof watchedPrompt>;

export const tokenAlternative = z.object({
  id: z.int(),
  text: z.string(),
  logprob: z.number(),
  isChosen: z.boolean(),
});
export type TokenAlternative = z.infer<typeof tokenAlternative>;

/** Log probabilities of a group's completions under other weights, per completion and token. */
export const tokenColumns = z.object({
  /** What scored them: path of a model or checkpoint. */
  newModel: z.string().nullable(),
  refModel: z.string().nullable(),
  completions: z.array(
    z.object({
      sample: z.int(),
      newLogprobs: z.array(z.number().nullable()).nullable(),
      refLogprobs: z.array(z.number().nullable()).nullable(),
    }),
  ),
});
export type TokenColumns = z.infer<typeof tokenColumns>;

export const sendTarget = z.enum(['annotator', 'pair', 'golden', 'eval']);
export type SendTarget = z.infer<typeof sendTarget>;

export const sendRequest = z.object({
  to: sendTarget,
  run: runId,
  step: z.int(),
  prompt: promptId,
  sample: z.int(),
  /** For a pair: the other completion; absent = the best one, or for the best one the worst. */
  other: z.int().optional(),
  note: z.string().max(2000).default(''),
});
export type SendRequest = z.infer<typeof sendRequest>;

export const sentItem = z.object({
  id: z.string(),
  to: sendTarget,
  at: instant,
  run: runId,
  step: z.int(),
  prompt: promptId,
  sample: z.int(),
  note: z.string(),
  /** Prompt and completions whole: nothing is lost when the run is deleted. */
  payload: jsonObject,
});
export type SentItem = z.infer<typeof sentItem>;
