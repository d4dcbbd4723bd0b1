/**
 * Tokens of the best and of the chosen completion under each other, coloured by what the person picks;
 * a marked token shows its numbers and what else the model might have said.
 */
import { SegmentedControl } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type CSSProperties, useRef, useState } from 'react';
import type { CompletionCard, GroupDetail } from '../../../shared/model/rollout.ts';
import { quantity } from '../../parts/format.ts';
import { ErrorState } from '../../parts/states.tsx';
import {
  type StripToken,
  TokenLegend,
  type TokenScale,
  TokenStrip,
} from '../../parts/token-strip.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/rollouts.ts';
import { type BoardState, COLOURS, type Colour } from './board-state.ts';
import { useColumns } from './queries.ts';
import styles from './token-panel.module.css';
import { scaleOf, tokenValue, withColumns } from './token-values.ts';

export interface TokenPanelProps {
  readonly group: GroupDetail;
  readonly state: BoardState;
}

export function TokenPanel({ group, state }: TokenPanelProps) {
  const { colour, sample, folded, change } = state;
  const needsEngine = colour === 'ratio' || colour === 'kl';
  const columns = useColumns(
    { run: group.run, step: group.step, prompt: group.prompt },
    needsEngine,
  );
  const cards = withColumns(group.completions, columns.data);
  const best = cards[0];
  const chosen = cards.find((card) => card.sample === sample) ?? best;
  const shown =
    best === undefined || chosen === undefined ? [] : best === chosen ? [best] : [best, chosen];
  const scale = scaleOf(colour, cards);
  return (
    <section className={styles['panel']} aria-label={text.tokenStrip}>
      <header className={styles['head']}>
        <h3>{text.tokenStrip}</h3>
        <SegmentedControl
          aria-label={text.tokenStrip}
          value={colour}
          onChange={(next) => {
            const known = COLOURS.find((candidate) => candidate === next);
            if (known !== undefined) change({ colour: known });
          }}
          data={COLOURS.map((value) => ({ value, label: text.colour[value] }))}
        />
        <TokenLegend scale={scale} />
        {columns.isFetching && <span className={styles['weak']}>{text.scoring}</span>}
        {group.tokenTexts === 'split' && <span className={styles['weak']}>{text.splitTokens}</span>}
      </header>
      {columns.error !== null && needsEngine && <ErrorState error={columns.error} />}
      {shown.map((card) => (
        <Strip
          key={card.sample}
          group={group}
          card={card}
          best={best}
          colour={colour}
          scale={scale}
          isFolded={folded && card !== best}
        />
      ))}
    </section>
  );
}

interface StripProps {
  readonly group: GroupDetail;
  readonly card: CompletionCard;
  readonly best: CompletionCard | undefined;
  readonly colour: Colour;
  readonly scale: TokenScale;
  readonly isFolded: boolean;
}

const HOVER_MS = 200;
const CARD_WIDTH = 360;
/** Context kept before the first token that differs. */
const LEAD = 4;

function Strip({ group, card, best, colour, scale, isFolded }: StripProps) {
  const [marked, setMarked] = useState<number | undefined>();
  const [hovered, setHovered] = useState<number | undefined>();
  // What a pointer only passes over asks the engine nothing.
  const [rested] = useDebouncedValue(hovered, HOVER_MS);
  const shown = marked ?? rested;
  const box = useRef<HTMLDivElement>(null);
  const from = isFolded ? Math.max(0, card.sharedPrefix - LEAD) : 0;
  const tokens = card.tokens.map(
    (token): StripToken => ({
      text: token.text,
      isSpecial: token.isSpecial,
      value: tokenValue(token, colour),
    }),
  );
  return (
    <div className={styles['line']}>
      <span className={styles['name']}>#{card.sample + 1}</span>
      <div className={styles['strip']} ref={box}>
        {from > 0 && best !== undefined && (
          <span className={styles['same']}>{text.prefixFolded(String(from), best.sample + 1)}</span>
        )}
        <TokenStrip
          label={`#${card.sample + 1}`}
          tokens={tokens}
          scale={scale}
          from={from}
          divergence={card.firstDivergence}
          marked={marked}
          onMark={setMarked}
          onHover={setHovered}
        />
        {shown !== undefined && (
          <div className={styles['float']} style={placeAbove(box.current, shown - from)}>
            <TokenCard group={group} card={card} best={best} index={shown} />
          </div>
        )}
      </div>
    </div>
  );
}

/**
 * Over the panel and out of the flow: a card that moved the strip would move away from the pointer, and
 * one that lay over the panel would cover its controls.
 */
function placeAbove(box: HTMLElement | null, place: number): CSSProperties {
  const token = box?.querySelectorAll('button')[place]?.getBoundingClientRect();
  const panel = box?.closest('section')?.getBoundingClientRect();
  if (token === undefined || panel === undefined) return {};
  const left = Math.max(8, Math.min(token.left, window.innerWidth - CARD_WIDTH - 8));
  return { left, bottom: window.innerHeight - panel.top + 6, width: CARD_WIDTH };
}

interface TokenCardProps {
  readonly group: GroupDetail;
  readonly card: CompletionCard;
  readonly best: CompletionCard | undefined;
  readonly index: number;
}

function TokenCard({ group, card, best, index }: TokenCardProps) {
  const trpc = useTRPC();
  const token = card.tokens[index];
  const { run, step, prompt } = group;
  const alternatives = useQuery(
    trpc.rollouts.alternatives.queryOptions({
      run,
      step,
      prompt,
      sample: card.sample,
      token: index,
    }),
  );
  if (token === undefined) return null;
  const ratio =
    token.newLogprob == null || token.logprob === null
      ? undefined
      : Math.exp(token.newLogprob - token.logprob);
  return (
    <div className={styles['card']} role="status">
      <p>
        <strong className="mono">{JSON.stringify(token.text)}</strong>{' '}
        {text.tokenHead('', index + 1)}
        {index === card.firstDivergence &&
          best !== undefined &&
          `, ${text.firstToDiffer(best.sample + 1)}`}
      </p>
      <div className={styles['columns']}>
        <dl>
          {[
            [text.colour.logprob, quantity(token.logprob)],
            [text.colour.entropy, quantity(token.entropy)],
            ...(ratio === undefined ? [] : [[text.colour.ratio, quantity(ratio)]]),
            [text.colour.advantage, quantity(token.advantage)],
          ].map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <div>
          {alternatives.isLoading && <span className={styles['weak']}>{text.askingModel}</span>}
          {alternatives.error !== null && <ErrorState error={alternatives.error} />}
          <ul aria-label={text.alternatives}>
            {alternatives.data?.map((other) => (
              <li key={other.id} data-chosen={other.isChosen || undefined}>
                <code>{other.text}</code>
                <span className={styles['bar']} aria-hidden>
                  <span style={{ width: `${100 * Math.exp(other.logprob)}%` }} />
                </span>
                <span>{Math.exp(other.logprob).toFixed(2)}</span>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}
