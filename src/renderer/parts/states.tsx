/**
 * The states every page has beside its content: empty, loading, error, stale. Words and doors come
 * in; none of them is a toast, a spinner without a count or a dialog.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { wireErrorOf } from '../rpc/error.ts';
import { text } from '../strings/shell.ts';
import { Icon } from './icon.tsx';
import styles from './states.module.css';

/** What will be here, and two ways to get it. */
export function EmptyState(props: {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={styles['empty']}>
      <h2>{props.title}</h2>
      <p>{props.children}</p>
      <div className={styles['actions']}>{props.actions}</div>
    </div>
  );
}

/** What happened, why, what is safe, the next step. */
export function ErrorState(props: {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
  readonly actions?: ReactNode;
}) {
  const error = wireErrorOf(props.error);
  const report = () =>
    void navigator.clipboard.writeText(JSON.stringify({ ...error, stack: undefined }, null, 2));
  return (
    <div className={styles['error']} role="alert">
      <p className={styles['errorTitle']}>
        <Icon name="error" />
        <strong>{props.title ?? error.message}</strong>
      </p>
      {props.title !== undefined && <p>{error.message}</p>}
      {error.hint !== undefined && <p className={styles['hint']}>{error.hint}</p>}
      <div className={styles['actions']}>
        {props.onRetry !== undefined && <Button onClick={props.onRetry}>{text.tryAgain}</Button>}
        {props.actions}
        <Button variant="subtle" leftSection={<Icon name="copy" />} onClick={report}>
          {text.copyReport}
        </Button>
        <code className={styles['code']}>{error.code}</code>
      </div>
    </div>
  );
}

/** Widths in percent, each once: the bars have no other identity. */
const BAR_WIDTHS = [92, 75, 58, 81, 64, 87, 70, 53, 76, 59, 82, 65];

/** The shape of rows to come, and how far they are where that is known. */
export function LoadingRows(props: { readonly label: string; readonly rows?: number }) {
  return (
    <div className={styles['loading']} role="status" aria-label={props.label}>
      {BAR_WIDTHS.slice(0, props.rows ?? BAR_WIDTHS.length).map((width) => (
        <div key={width} className={styles['bar']} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** Old values stay, marked and dated. */
export function StaleMark({ children }: { readonly children: ReactNode }) {
  return (
    <span className={styles['stale']}>
      <Icon name="clock" size={12} />
      {children}
    </span>
  );
}
