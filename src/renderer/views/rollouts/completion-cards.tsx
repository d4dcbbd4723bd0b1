/** The completions of a group as cards, best first; the beginning that the best one has too is folded. */
import { count, quantity, signed } from '../../parts/format.ts';
import { text } from '../../strings/rollouts.ts';
import { AnswerCell, type CompletionListProps } from './aligned-table.tsx';
import styles from './completion-cards.module.css';
import { RewardBar } from './reward-bar.tsx';

export function CompletionCards({ group, sample, isFolded, onSample }: CompletionListProps) {
  const best = group.completions[0];
  return (
    <ol className={styles['cards']}>
      {group.completions.map((card) => {
        const folded = isFolded && card !== best ? card.sharedPrefix : 0;
        return (
          <li key={card.sample}>
            <button
              type="button"
              className={styles['card']}
              aria-pressed={card.sample === sample}
              onClick={() => onSample(card.sample)}
            >
              <span className={styles['head']}>
                <strong>#{card.sample + 1}</strong>
                <span>{card.advantage === null ? '–' : signed(card.advantage)}</span>
                <RewardBar group={group} card={card} />
                <span>{quantity(card.reward)}</span>
                <AnswerCell card={card} />
                <span className={styles['weak']}>{count(card.tokens.length)}</span>
              </span>
              <span className={styles['text']}>
                {folded > 0 && best !== undefined && (
                  <span className={styles['same']}>
                    {text.prefixFolded(count(folded), best.sample + 1)}
                  </span>
                )}
                {folded > 0
                  ? card.tokens
                      .slice(folded)
                      .map((token) => token.text)
                      .join('')
                  : card.text}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
