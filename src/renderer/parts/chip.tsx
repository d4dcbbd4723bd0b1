/** Small marked words: a filter that can be taken away, a status with its shape, a swatch of a series. */
import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './chip.module.css';
import { Icon } from './icon.tsx';

export type Tone = 'plain' | 'ok' | 'warn' | 'danger' | 'accent' | 'stale';

export function Chip(props: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={`${styles['chip']} ${styles[props.tone ?? 'plain']}`}>{props.children}</span>
  );
}

/** A filter: its words, and a cross that removes it. */
export function RemovableChip(props: {
  readonly children: ReactNode;
  readonly removeLabel: string;
  readonly onRemove: () => void;
}) {
  return (
    <span className={`${styles['chip']} ${styles['filter']}`}>
      {props.children}
      <UnstyledButton
        className={styles['remove']}
        aria-label={props.removeLabel}
        onClick={props.onRemove}
      >
        <Icon name="close" size={12} />
      </UnstyledButton>
    </span>
  );
}

export type StatusKind =
  | 'running'
  | 'finished'
  | 'waiting'
  | 'attention'
  | 'failed'
  | 'stale'
  | 'paused';

/** A status is a shape and a word, never colour alone. */
export function Status(props: { readonly kind: StatusKind; readonly children?: ReactNode }) {
  return (
    <span className={styles['status']}>
      <span className={`${styles['mark']} ${styles[props.kind]}`} aria-hidden />
      {props.children}
    </span>
  );
}
