/** Key caps of a chord, as in menus and on the key sheet. */
import { capsOf } from '../commands/chord.ts';
import styles from './keys.module.css';

export function Keys({ chord }: { readonly chord: string }) {
  return (
    <span className={styles['keys']}>
      {capsOf(chord).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}
