/**
 * The completions of a group, best first, one row each, their thoughts cut into steps side by side: a
 * step that the best one has word for word folds to "as #n", a bar marks the first that differs.
 */
import type { CompletionCard, GroupDetail } from '../../../shared/model/rollout.ts';
import { count, quantity, signed } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { text } from '../../strings/rollouts.ts';
import styles from './aligned-table.module.css';
import { RewardBar } from './reward-bar.tsx';
import { stepsOf } from './steps-of.ts';

export interface CompletionListProps {
  readonly group: GroupDetail;
  readonly sample: number | undefined;
  readonly isFolded: boolean;
  readonly onSample: (sample: number) => void;
}

const MAX_STEPS = 8;
/** Least width of a step, and of all other columns together, in pixels; the pane scrolls beyond. */
const STEP_WIDTH = 128;
const FIXED_WIDTH = 440;

export function AlignedTable({ group, sample, isFolded, onSample }: CompletionListProps) {
  const rows = group.completions.map((card) => ({ card, steps: stepsOf(card.text) }));
  const best = rows[0];
  const columns = Math.min(MAX_STEPS, Math.max(1, ...rows.map(({ steps }) => steps.length)));
  const largest = Math.max(...group.completions.map((card) => Math.abs(card.advantage ?? 0)), 1e-9);
  const template = `36px 104px 132px minmax(72px, 96px) repeat(${columns}, minmax(${STEP_WIDTH}px, 1fr)) 44px`;
  return (
    <div className={styles['scroll']}>
      <div
        className={styles['table']}
        role="table"
        aria-label={text.groupOf(group.size)}
        style={{ minWidth: FIXED_WIDTH + columns * STEP_WIDTH }}
      >
        <div className={styles['head']} role="row" style={{ gridTemplateColumns: template }}>
          <span role="columnheader">#</span>
          <span role="columnheader">{text.advantage}</span>
          <span role="columnheader">{text.reward}</span>
          <span role="columnheader">{text.answer}</span>
          {Array.from({ length: columns }, (_, index) => (
            <span key={index} role="columnheader">
              {index + 1}
            </span>
          ))}
          <span role="columnheader" className={styles['number']}>
            {text.tokens}
          </span>
        </div>
        {rows.map(({ card, steps }) => {
          const shared =
            isFolded && best !== undefined && card !== best.card
              ? sharedSteps(steps, best.steps)
              : 0;
          return (
            <button
              key={card.sample}
              type="button"
              role="row"
              className={styles['row']}
              aria-selected={card.sample === sample}
              style={{ gridTemplateColumns: template }}
              onClick={() => onSample(card.sample)}
            >
              <span role="cell">#{card.sample + 1}</span>
              <AdvantageCell card={card} largest={largest} />
              <span role="cell" className={styles['reward']}>
                <RewardBar group={group} card={card} />
                {quantity(card.reward)}
              </span>
              <AnswerCell card={card} />
              {Array.from({ length: columns }, (_, index) => (
                <StepCell
                  key={index}
                  step={
                    index === columns - 1 ? steps.slice(index).join(' ') || undefined : steps[index]
                  }
                  sharedWith={index < shared ? best?.card.sample : undefined}
                  isFirstDifferent={best !== undefined && card !== best.card && index === shared}
                />
              ))}
              <span role="cell" className={styles['number']}>
                {count(card.tokens.length)}
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function sharedSteps(steps: readonly string[], best: readonly string[]): number {
  let shared = 0;
  while (shared < steps.length && steps[shared] === best[shared]) shared += 1;
  return shared;
}

function StepCell(props: {
  readonly step: string | undefined;
  readonly sharedWith: number | undefined;
  readonly isFirstDifferent: boolean;
}) {
  const { step, sharedWith } = props;
  if (sharedWith !== undefined) {
    return (
      <span role="cell" className={styles['same']}>
        {text.sameAs(sharedWith + 1)}
      </span>
    );
  }
  return (
    <span
      role="cell"
      className={styles['step']}
      data-first={(props.isFirstDifferent && step !== undefined) || undefined}
    >
      {step ?? <em>{text.noStep}</em>}
    </span>
  );
}

function AdvantageCell({
  card,
  largest,
}: {
  readonly card: CompletionCard;
  readonly largest: number;
}) {
  const value = card.advantage ?? 0;
  const width = (50 * Math.abs(value)) / largest;
  return (
    <span role="cell" className={styles['advantage']}>
      <span className={styles['axis']} aria-hidden>
        <span
          data-negative={value < 0 || undefined}
          style={
            value < 0 ? { right: '50%', width: `${width}%` } : { left: '50%', width: `${width}%` }
          }
        />
      </span>
      {card.advantage === null ? '–' : signed(card.advantage)}
    </span>
  );
}

export function AnswerCell({ card }: { readonly card: CompletionCard }) {
  return (
    <span
      role="cell"
      className={styles['answer']}
      data-right={card.isRight ?? undefined}
      title={card.extracted ?? ''}
    >
      {card.isRight !== null && (
        <Icon
          name={card.isRight ? 'check' : 'close'}
          size={12}
          label={card.isRight ? text.isRight : text.isWrong}
        />
      )}
      {card.extracted ?? '–'}
    </span>
  );
}
