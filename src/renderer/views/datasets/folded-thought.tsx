/** A completion with its thought folded: text comes in, `<think>` parts become a fold. Plain text, never HTML. */
import { useState } from 'react';
import { plural } from '../../parts/format.ts';
import styles from './folded-thought.module.css';

const THOUGHT = /<think>([\s\S]*?)(?:<\/think>|$)/;

export function FoldedThought({ content }: { readonly content: string }) {
  const [isOpen, setOpen] = useState(true);
  const found = THOUGHT.exec(content);
  if (found === null) return <p className={styles['text']}>{content}</p>;
  const before = content.slice(0, found.index);
  const thought = found[1] ?? '';
  const after = content.slice(found.index + found[0].length);
  return (
    <div>
      {before.trim() !== '' && <p className={styles['text']}>{before}</p>}
      <button
        type="button"
        className={styles['fold']}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? '▾' : '▸'} think
        <span>{plural(thought.trim().split(/\s+/).length, 'word')}</span>
      </button>
      {isOpen && <p className={`${styles['text']} ${styles['thought']}`}>{thought.trim()}</p>}
      <p className={styles['text']}>{after.trim()}</p>
    </div>
  );
}
