/**
 * What a token is coloured by. Tokens of a completion and, where asked for, their log probabilities
 * under other weights come in; one number a token and the scale of all of them go out.
 */
import type {
  CompletionCard,
  CompletionToken,
  TokenColumns,
} from '../../../shared/model/rollout.ts';
import type { TokenScale } from '../../parts/token-strip.tsx';
import type { Colour } from './board-state.ts';

export function withColumns(
  cards: readonly CompletionCard[],
  columns: TokenColumns | undefined,
): readonly CompletionCard[] {
  if (columns === undefined) return cards;
  return cards.map((card) => {
    const own = columns.completions.find(({ sample }) => sample === card.sample);
    if (own === undefined) return card;
    const tokens = card.tokens.map((token, index) => ({
      ...token,
      newLogprob: own.newLogprobs?.[index] ?? token.newLogprob ?? null,
      refLogprob: own.refLogprobs?.[index] ?? token.refLogprob ?? null,
    }));
    return { ...card, tokens };
  });
}

/** null where nothing is known. Ratios are new / old; KL is k3 = r − 1 − log r with r = ref / old. */
export function tokenValue(token: CompletionToken, colour: Colour): number | null {
  const { logprob, newLogprob, refLogprob } = token;
  switch (colour) {
    case 'advantage':
      return token.advantage;
    case 'logprob':
      return logprob === null ? null : -logprob;
    case 'entropy':
      return token.entropy;
    case 'ratio':
      return logprob === null || newLogprob == null ? null : Math.exp(newLogprob - logprob);
    case 'kl': {
      if (logprob === null || refLogprob == null) return null;
      const difference = refLogprob - logprob;
      return Math.exp(difference) - 1 - difference;
    }
  }
}

/** The strongest tint is at the 98th percentile, so that one outlier does not pale the rest. */
export function scaleOf(colour: Colour, cards: readonly CompletionCard[]): TokenScale {
  const middle = colour === 'ratio' ? 1 : 0;
  const sizes = cards
    .flatMap((card) => card.tokens.map((token) => tokenValue(token, colour)))
    .filter((value) => value !== null)
    .map((value) => Math.abs(value - middle))
    .sort((a, b) => a - b);
  const limit = sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 1;
  // Nothing to tell apart: a scale of one, not of noise.
  const least = 1e-4;
  const isSigned = colour === 'advantage' || colour === 'ratio';
  return { kind: isSigned ? 'signed' : 'amount', middle, limit: limit < least ? 1 : limit };
}
