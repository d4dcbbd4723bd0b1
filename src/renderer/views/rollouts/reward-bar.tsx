/** The parts of a reward as one bar: each term by its weight times its score, what was taken off in red. */
import type { CompletionCard, GroupDetail } from '../../../shared/model/rollout.ts';
import { quantity } from '../../parts/format.ts';
import { text } from '../../strings/rollouts.ts';
import styles from './reward-bar.module.css';

export function RewardBar({
  group,
  card,
}: {
  readonly group: GroupDetail;
  readonly card: CompletionCard;
}) {
  const full = group.terms.reduce((sum, term) => sum + Math.abs(group.weights[term] ?? 1), 0);
  const parts = group.terms.map((term, index) => ({
    term,
    value: (card.terms[term] ?? 0) * (group.weights[term] ?? 1),
    series: (index % 8) + 1,
  }));
  const label = parts.map(({ term, value }) => `${term} ${quantity(value)}`).join(', ');
  return (
    <span className={styles['bar']} role="img" aria-label={label} title={label}>
      {parts.map(({ term, value, series }) => (
        <span
          key={term}
          style={{
            width: `${(100 * Math.abs(value)) / Math.max(full, 1e-9)}%`,
            background: value < 0 ? 'var(--danger)' : `var(--s${series})`,
          }}
        />
      ))}
    </span>
  );
}

export function RewardLegend({ group }: { readonly group: GroupDetail }) {
  return (
    <span className={styles['legend']}>
      {group.terms.map((term, index) => (
        <span key={term}>
          <span className={styles['swatch']} style={{ background: `var(--s${(index % 8) + 1})` }} />
          {term} × {quantity(group.weights[term] ?? 1)}
        </span>
      ))}
      <span>
        <span className={styles['swatch']} style={{ background: 'var(--danger)' }} />
        {text.lengthTaken}
      </span>
    </span>
  );
}
