/** What starts the run: dry run, queue, start; the reason stands beside what cannot be done. */
import { Button } from '@mantine/core';
import { Icon } from '../../parts/icon.tsx';
import { Keys } from '../../parts/keys.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { text } from '../../strings/new-run.ts';
import styles from './submit-bar.module.css';
import type { DryRunState } from './use-dry-run.ts';
import type { SubmitState } from './use-submit.ts';

export function SubmitBar(props: {
  readonly dryRun: DryRunState;
  readonly submit: SubmitState;
  /** Why it cannot start; undefined = it can. */
  readonly blocked: string | undefined;
  readonly isChecking: boolean;
  /** Worth knowing, but no obstacle. */
  readonly note: string | undefined;
}) {
  const { dryRun, submit, blocked } = props;
  return (
    <>
      {submit.error !== null && <ErrorState error={submit.error} />}
      <div className={styles['bar']}>
        <p className={styles['why']} role="status" data-blocked={blocked !== undefined}>
          {blocked !== undefined && <Icon name="warning" size={14} />}
          {blocked ?? (props.isChecking ? text.checking : (props.note ?? text.ready))}
        </p>
        {dryRun.isRunning ? (
          <Button onClick={dryRun.cancel}>{text.dryRunCancel}</Button>
        ) : (
          <Button
            disabled={blocked !== undefined}
            onClick={dryRun.run}
            rightSection={<Keys chord="Mod+D" />}
          >
            {dryRun.report === null ? text.dryRun : text.dryRunAgain}
          </Button>
        )}
        <Button
          disabled={blocked !== undefined || submit.isPending}
          onClick={() => submit.send({ isFirst: false })}
        >
          {text.addToQueue}
        </Button>
        <Button
          variant="filled"
          disabled={blocked !== undefined}
          loading={submit.isPending}
          onClick={() => submit.send({ isFirst: true })}
          rightSection={<Keys chord="Mod+Enter" />}
        >
          {text.start}
        </Button>
      </div>
    </>
  );
}
