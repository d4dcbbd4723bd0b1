/** Why a run does not go on: what happened, what is safe, the next step. A run comes in. */
import { Button } from '@mantine/core';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { count } from '../../parts/format.ts';
import { ErrorState } from '../../parts/states.tsx';
import { text } from '../../strings/run.ts';
import styles from './run-trouble.module.css';
import type { RunActions } from './use-run-actions.ts';

export function RunTrouble(props: {
  readonly run: RunSummary;
  readonly actions: RunActions;
  readonly onLog: () => void;
}) {
  const { run, actions } = props;
  const resume = run.canResume && (
    <Button loading={actions.busy === 'resume'} onClick={actions.resume}>
      {text.resume}
    </Button>
  );
  const log = <Button onClick={props.onLog}>{text.showLog}</Button>;
  if (actions.error !== null) return <ErrorState error={actions.error} onRetry={actions.clear} />;
  if (run.status === 'failed' && run.error !== null) {
    return (
      <ErrorState
        title={text.failedTitle(count(run.step))}
        error={run.error}
        actions={
          <>
            {resume}
            {log}
          </>
        }
      />
    );
  }
  if (run.status !== 'interrupted') return null;
  return (
    <div className={styles['notice']} role="status">
      <p>
        <strong>{text.interruptedTitle}</strong> {text.interruptedText}
      </p>
      {log}
    </div>
  );
}
