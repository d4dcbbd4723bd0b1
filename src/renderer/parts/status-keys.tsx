/** The keys of the page that is shown, in the status bar: chords with a word each come in. */
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { Keys } from './keys.tsx';
import styles from './status-keys.module.css';

export interface KeyHint {
  readonly chords: readonly string[];
  readonly words: string;
}

export function StatusKeys({ hints }: { readonly hints: readonly KeyHint[] }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  // The bar is drawn by the shell, which may come after the page.
  useEffect(() => setPlace(document.getElementById('status-keys')), []);
  if (place === null) return null;
  return createPortal(
    <span className={styles['hints']}>
      {hints.map(({ chords, words }) => (
        <span key={words} className={styles['hint']}>
          {chords.map((chord) => (
            <Keys key={chord} chord={chord} />
          ))}
          {words}
        </span>
      ))}
    </span>,
    place,
  );
}
