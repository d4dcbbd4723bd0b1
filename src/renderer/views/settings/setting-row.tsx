/** One setting: its name and what it does on the left, the control on the right. */
import type { ReactNode } from 'react';
import styles from './setting-row.module.css';

export function SettingRow(props: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles['row']}>
      <div className={styles['label']}>{props.label}</div>
      <div className={styles['control']}>
        {props.children}
        {props.hint !== undefined && <p className={styles['hint']}>{props.hint}</p>}
      </div>
    </div>
  );
}

/** The body of a section, as wide as text is read. */
export function SettingPage(props: { readonly children: ReactNode }) {
  return <div className={styles['page']}>{props.children}</div>;
}
