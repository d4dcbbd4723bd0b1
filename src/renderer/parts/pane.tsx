/** Parts of a pane: head, tool row, section, body that scrolls, rows of facts. */
import type { ReactNode } from 'react';
import styles from './pane.module.css';

/** 34 px head of a list or inspector: name, hint, actions on the right. */
export function PaneHead(props: {
  readonly title: ReactNode;
  readonly hint?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className={styles['head']}>
      <h2>{props.title}</h2>
      {props.hint !== undefined && <span className={styles['hint']}>{props.hint}</span>}
      <div className={styles['actions']}>{props.children}</div>
    </header>
  );
}

/** 34 px row at the top of the main pane: name, state, filters; actions on the right. */
export function ToolRow(props: {
  readonly title?: ReactNode;
  readonly hint?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={styles['tool']} role="toolbar">
      {props.title !== undefined && <h1 className={styles['title']}>{props.title}</h1>}
      {props.hint !== undefined && <span className={styles['hint']}>{props.hint}</span>}
      {props.children}
      <div className={styles['actions']}>{props.actions}</div>
    </div>
  );
}

export function PaneBody({ children }: { readonly children: ReactNode }) {
  return <div className={styles['body']}>{children}</div>;
}

/** What stays at the foot of a list: one warning or control. */
export function PaneFoot({ children }: { readonly children: ReactNode }) {
  return <footer className={styles['foot']}>{children}</footer>;
}

export function Section(props: {
  readonly title: ReactNode;
  readonly hint?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className={styles['section']}>
      <div className={styles['sectionHead']}>
        <h3>{props.title}</h3>
        {props.hint !== undefined && <span className={styles['hint']}>{props.hint}</span>}
      </div>
      {props.children}
    </section>
  );
}

/** Label left, value right, a hair line between rows. */
export function Facts(props: { readonly rows: readonly (readonly [ReactNode, ReactNode])[] }) {
  return (
    <dl className={styles['facts']}>
      {props.rows.map(([label, value], index) => (
        <div key={index}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
