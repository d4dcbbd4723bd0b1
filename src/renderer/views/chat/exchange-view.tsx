/** One question with its answer: pictures, words, and the answer as tinted tokens. */
import { ActionIcon } from '@mantine/core';
import type { PointerEvent } from 'react';
import type { ChatToken } from '../../../shared/model/model.ts';
import { duration, plural, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { type TokenScale, TokenStrip } from '../../parts/token-strip.tsx';
import { text } from '../../strings/chat.ts';
import { type Answer, type Exchange, type Question, textOf } from './chat-state.ts';
import styles from './exchange-view.module.css';

export type Measure = 'plain' | 'logprob' | 'entropy';

/** Surprise in nats up to 1 in 20, entropy up to a choice among twelve. */
export const SCALES: Readonly<Record<Exclude<Measure, 'plain'>, TokenScale>> = {
  logprob: { kind: 'amount', limit: 3 },
  entropy: { kind: 'amount', limit: 2.5 },
};

/** Pixels: pictures up to this are drawn pixel by pixel, as the model gets them. */
const SMALL = 176;
/** Nats: a probability of 0.95 or more. */
const CERTAIN = 0.05;

export interface ExchangeViewProps {
  readonly exchange: Exchange;
  readonly model: string;
  readonly measure: Measure;
  readonly lit: number | undefined;
  readonly onLight: (index: number | undefined) => void;
  /** Only the last answer can be asked for again. */
  readonly onAgain: (() => void) | undefined;
}

export function ExchangeView(props: ExchangeViewProps) {
  const { exchange, model, onAgain } = props;
  const { answer } = exchange;
  return (
    <article className={styles['exchange']}>
      <QuestionView question={exchange.question} />
      <div className={styles['answer']}>
        <header className={styles['head']}>
          <strong>{model}</strong>
          <AnswerState answer={answer} />
          <div className={styles['actions']}>
            <ActionIcon
              aria-label={text.copy}
              onClick={() => void navigator.clipboard.writeText(textOf(answer))}
            >
              <Icon name="copy" size={14} />
            </ActionIcon>
            {onAgain !== undefined && (
              <ActionIcon aria-label={text.regenerate} onClick={onAgain}>
                <Icon name="refresh" size={14} />
              </ActionIcon>
            )}
          </div>
        </header>
        <AnswerTokens {...props} />
        {answer.error !== undefined && answer.error !== null && <ErrorState error={answer.error} />}
      </div>
    </article>
  );
}

function QuestionView({ question }: { readonly question: Question }) {
  return (
    <div className={styles['question']}>
      <strong>{text.you}</strong>
      {question.pictures.length > 0 && (
        <ul className={styles['pictures']}>
          {question.pictures.map(({ sha256, width }, index) => (
            <li key={`${sha256}-${index}`}>
              <a href={`/media/${sha256}`} target="_blank" rel="noreferrer">
                <img
                  src={width > SMALL ? `/media/${sha256}?thumb=240` : `/media/${sha256}`}
                  data-small={width <= SMALL ? true : undefined}
                  alt={text.picture(index + 1)}
                />
              </a>
            </li>
          ))}
        </ul>
      )}
      <p>{question.text}</p>
    </div>
  );
}

function AnswerState({ answer }: { readonly answer: Answer }) {
  const { end, tokens, status, error } = answer;
  if (end !== undefined) {
    const parts = [
      text.done(
        plural(end.tokens, 'token'),
        duration(end.seconds),
        text.rate(quantity(end.tokens / Math.max(end.seconds, 1e-3))),
      ),
      text.finish[end.finish],
      ...(tokens.length > 0 ? [text.perplexity(quantity(perplexity(tokens)))] : []),
    ];
    return <span className={styles['weak']}>{parts.join(', ')}</span>;
  }
  if (error !== undefined && error !== null) return null;
  return (
    <span className={styles['weak']} role="status">
      {tokens.length > 0 ? `${text.writing}, ${plural(tokens.length, 'token')}` : status}
    </span>
  );
}

function AnswerTokens({ exchange, measure, lit, onLight }: ExchangeViewProps) {
  const { tokens } = exchange.answer;
  // The strip hears clicks and keys; pointing is heard here, by which of its cells it is.
  const onPointerOver = (event: PointerEvent) => {
    const cell = event.target instanceof Element ? event.target.closest('button') : null;
    if (cell?.parentElement == null) return;
    onLight([...cell.parentElement.children].indexOf(cell));
  };
  if (tokens.length === 0) return <p className={styles['text']}>{textOf(exchange.answer)}</p>;
  return (
    <div onPointerOver={onPointerOver}>
      <TokenStrip
        label={text.answerLabel}
        tokens={tokens.map((token) => ({
          text: token.text,
          isSpecial: /^<\|.*\|>$/.test(token.text),
          value: measured(token, measure),
        }))}
        scale={SCALES[measure === 'entropy' ? 'entropy' : 'logprob']}
        marked={lit}
        onMark={onLight}
      />
    </div>
  );
}

function measured(token: ChatToken, measure: Measure): number | null {
  if (measure === 'plain') return null;
  const value = measure === 'logprob' ? -token.logprob : token.entropy;
  // What was all but certain stays plain, so that a tint means a choice.
  return value < CERTAIN ? 0 : value;
}

function perplexity(tokens: readonly ChatToken[]): number {
  return Math.exp(-tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length);
}
