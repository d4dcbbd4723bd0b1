/** One token: how likely it was, how unsure the model was, and what it might have said instead. */
import type { ChatToken } from '../../../shared/model/model.ts';
import { count, percent, quantity } from '../../parts/format.ts';
import { Facts } from '../../parts/pane.tsx';
import { text } from '../../strings/chat.ts';
import styles from './token-card.module.css';

export function TokenCard({ token }: { readonly token: ChatToken | undefined }) {
  if (token === undefined) return <p className={styles['none']}>{text.tokenNone}</p>;
  return (
    <>
      <p className={`${styles['token']} mono`}>{JSON.stringify(token.text)}</p>
      <Facts
        rows={[
          [text.tokenProbability, percent(Math.exp(token.logprob), 1)],
          [text.tokenLogprob, quantity(token.logprob)],
          [text.tokenEntropy, `${quantity(token.entropy)} ${text.nats}`],
          [text.tokenId, <code key="id">{count(token.id)}</code>],
        ]}
      />
      <h3 className={styles['head']}>{text.alternatives}</h3>
      <ul>
        {token.top.map(({ id, text: word, logprob }) => {
          const probability = Math.exp(logprob);
          return (
            <li key={id} className={styles['row']} data-drawn={id === token.id ? true : undefined}>
              <code className={styles['word']}>{JSON.stringify(word)}</code>
              <span className={styles['track']} aria-hidden>
                <span style={{ width: `${100 * probability}%` }} />
              </span>
              <span className={styles['share']}>{percent(probability, 1)}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
