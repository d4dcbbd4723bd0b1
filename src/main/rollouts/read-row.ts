/**
 * One line of a rollout file as the index keeps it. Comes in: a parsed JSON line, also of older
 * versions that left out what can be told from the text. Goes out: the columns of a completion, and
 * what a group has in common.
 */
import { z } from 'zod';
import { type RolloutRow, rolloutRow } from '../../shared/protocol/results.ts';

export interface IndexedCompletion {
  readonly prompt: string;
  readonly place: number | undefined;
  readonly sample: number;
  readonly text: string;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly finish: string;
  readonly tokens: number;
  readonly extracted: string | null;
  readonly isRight: boolean | null;
  readonly isCopied: boolean;
  readonly terms: Readonly<Record<string, number | null>>;
  readonly meanLogprob: number | null;
  readonly meanEntropy: number | null;
  readonly group: GroupFacts;
}

export interface GroupFacts {
  readonly question: string;
  readonly task: string | null;
  readonly difficulty: number | null;
  readonly world: string | null;
  readonly images: readonly string[];
  readonly target: string | null;
}

/** An array per token is only counted and averaged here: its entries are looked at when a group opens. */
const column = z.custom<readonly (number | null)[]>((value) => Array.isArray(value));
const slimRow = rolloutRow.extend({
  ids: column,
  logprobs: column,
  entropy: column,
  tokens: z.unknown(),
  ref_logprobs: z.unknown(),
});

/** A question shorter than this may be repeated by chance. */
const LEAST_COPIED = 16;

/** @param names of the reward terms of the recipe, for files that do not say them */
export function readCompletion(
  value: unknown,
  names: readonly string[],
): IndexedCompletion | undefined {
  const row = slimRow.safeParse(value).data;
  if (row === undefined) return undefined;
  const terms = termsOf(row, names);
  return {
    prompt: row.prompt,
    place: row.group,
    sample: row.sample,
    text: row.text,
    reward: row.reward,
    advantage: row.advantage,
    finish: row.finish,
    tokens: row.ids.length,
    extracted: row.extracted === undefined ? answerIn(row.text) : row.extracted,
    isRight: row.right === undefined ? rightBy(terms) : row.right,
    isCopied: isCopied(row.text, row.question ?? ''),
    terms,
    meanLogprob: meanOf(row.logprobs),
    meanEntropy: meanOf(row.entropy),
    group: {
      question: row.question ?? '',
      task: row.task ?? null,
      difficulty: row.difficulty ?? null,
      world: row.world ?? worldIdOf(row.prompt),
      images: row.images ?? [],
      target: row.target ?? null,
    },
  };
}

export function termsOf(
  row: Pick<RolloutRow, 'terms' | 'term_names'>,
  names: readonly string[],
): Record<string, number | null> {
  const ids = row.term_names ?? names;
  return Object.fromEntries(row.terms.map((score, i) => [ids[i] ?? `part ${i + 1}`, score]));
}

/** Id of the row of the data, without which draw of the step it was. */
export function rowOf(prompt: string): string {
  return prompt.replace(/#\d+\.\d+$/, '');
}

/** Samples of the starter world name themselves: task/split/seed/index. */
function worldIdOf(prompt: string): string | null {
  const row = rowOf(prompt);
  return /^[a-z-]+(\/[a-z0-9-]+){2,}$/.test(row) ? row : null;
}

function answerIn(text: string): string | null {
  const found = [...text.matchAll(/<answer>([\s\S]*?)<\/answer>/g)].at(-1)?.[1];
  return found?.trim() ?? null;
}

function rightBy(terms: Readonly<Record<string, number | null>>): boolean | null {
  const score = terms['answer-accuracy'];
  return score === undefined || score === null ? null : score >= 1;
}

function isCopied(text: string, question: string): boolean {
  const asked = plain(question);
  return asked.length >= LEAST_COPIED && plain(text).includes(asked);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}

function meanOf(values: readonly (number | null)[]): number | null {
  const finite = values.filter((value) => typeof value === 'number');
  return finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
