/**
 * One group token by token. Comes in: the lines of its completions. Goes out: cards best first, with
 * the tokens they share with the best one and the first that differs, and the answers by frequency.
 */
import type { CompletionCard, CompletionToken, GroupDetail } from '../../shared/model/rollout.ts';
import type { RolloutRow } from '../../shared/protocol/results.ts';
import { readCompletion, termsOf } from './read-row.ts';

export interface GroupCards {
  readonly completions: CompletionCard[];
  readonly answers: GroupDetail['answers'];
  readonly terms: string[];
  readonly tokenTexts: GroupDetail['tokenTexts'];
}

export function toCards(rows: readonly RolloutRow[], names: readonly string[]): GroupCards {
  const sorted = [...rows].sort(
    (a, b) =>
      (b.advantage ?? 0) - (a.advantage ?? 0) ||
      (b.reward ?? 0) - (a.reward ?? 0) ||
      a.sample - b.sample,
  );
  const [best] = sorted;
  const completions = sorted.map((row, index) =>
    toCard(row, index === 0 ? sorted[1] : best, index === 0, names),
  );
  return {
    completions,
    answers: answersOf(completions),
    terms: best?.term_names ?? [...names],
    tokenTexts: rows.every((row) => row.tokens?.length === row.ids.length) ? 'exact' : 'split',
  };
}

function toCard(
  row: RolloutRow,
  against: RolloutRow | undefined,
  isBest: boolean,
  names: readonly string[],
): CompletionCard {
  const read = readCompletion(row, names);
  const shared = against === undefined ? 0 : sharedPrefix(row.ids, against.ids);
  return {
    sample: row.sample,
    text: row.text,
    finish: row.finish,
    tokens: tokensOf(row),
    reward: row.reward,
    terms: termsOf(row, names),
    advantage: row.advantage,
    extracted: read?.extracted ?? null,
    isRight: read?.isRight ?? null,
    sharedPrefix: shared,
    firstDivergence: isBest || against === undefined || shared >= row.ids.length ? null : shared,
    meanLogprob: read?.meanLogprob ?? null,
  };
}

/** How many ids two completions begin with in common. */
export function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < most && a[shared] === b[shared]) shared++;
  return shared;
}

function tokensOf(row: RolloutRow): CompletionToken[] {
  const texts =
    row.tokens?.length === row.ids.length ? row.tokens : split(row.text, row.ids.length);
  return row.ids.map((id, i) => {
    const text = texts[i] ?? '';
    return {
      id,
      text,
      logprob: row.logprobs[i] ?? null,
      entropy: row.entropy[i] ?? null,
      advantage: row.advantage,
      refLogprob: row.ref_logprobs?.[i] ?? null,
      isSpecial: /^<\|[^|]*\|>$/.test(text),
    };
  });
}

/** Files of older versions have no token texts: the text is cut into as many pieces. */
function split(text: string, pieces: number): string[] {
  const characters = [...text];
  return Array.from({ length: pieces }, (_, i) =>
    characters
      .slice(
        Math.round((i * characters.length) / pieces),
        Math.round(((i + 1) * characters.length) / pieces),
      )
      .join(''),
  );
}

function answersOf(cards: readonly CompletionCard[]): GroupDetail['answers'] {
  const answers = new Map<string, { text: string; count: number; isRight: boolean | null }>();
  for (const { extracted, isRight } of cards) {
    const text = extracted ?? '';
    const answer = answers.get(text) ?? { text, count: 0, isRight };
    answers.set(text, { ...answer, count: answer.count + 1 });
  }
  return [...answers.values()].sort((a, b) => b.count - a.count);
}
