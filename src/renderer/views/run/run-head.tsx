/** The tool row of a run: state, name, how far it is, how fast, and what can be done to it now. */
import { ActionIcon, Button, Menu, Tooltip, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { RunLiveStatus, RunSummary } from '../../../shared/model/app-run.ts';
import { Status } from '../../parts/chip.tsx';
import { count, duration, moment, percent, shortId } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Meter } from '../../parts/meter.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/run.ts';
import { text as runsText } from '../../strings/runs.ts';
import styles from './run-head.module.css';
import { isGoing, statusKind } from './run-state.ts';
import type { RunActions } from './use-run-actions.ts';

export interface RunHeadProps {
  readonly run: RunSummary;
  readonly live: RunLiveStatus | undefined;
  readonly actions: RunActions;
}

export function RunHead({ run, live, actions }: RunHeadProps) {
  return (
    <ToolRow
      title={
        <span className={styles['name']}>
          <Status kind={statusKind(run.status)} />
          {run.name}
        </span>
      }
      hint={
        <Tooltip label={`${run.id}, ${text.copyId}`}>
          <UnstyledButton
            className={`${styles['id']} mono`}
            aria-label={`${shortId(run.id, 9)}, ${text.copyId}`}
            onClick={() => {
              void navigator.clipboard.writeText(run.id);
              say(text.copied);
            }}
          >
            {shortId(run.id, 9)}
          </UnstyledButton>
        </Tooltip>
      }
      actions={<HeadActions run={run} actions={actions} />}
    >
      <span className={styles['progress']}>
        <Progress run={run} live={live} />
      </span>
    </ToolRow>
  );
}

function Progress({ run, live }: Pick<RunHeadProps, 'run' | 'live'>) {
  const { step, steps, secondsPerStep, etaSeconds } = run;
  const isLive = isGoing(run.status);
  return (
    <>
      <span className={styles['steps']}>
        {steps === null ? text.step(count(step)) : text.of(count(step), count(steps))}
      </span>
      {steps !== null && (
        <span className={styles['meter']}>
          <Meter value={step} total={steps} label={text.of(count(step), count(steps))} />
        </span>
      )}
      <span className={styles['pace']}>
        {isLive ? paceText(secondsPerStep, etaSeconds) : endText(run)}
        {isLive && secondsPerStep === null && live?.stage != null && live.stageTotal > 0 && (
          <span className={styles['stage']}>
            {text.stageNow(live.stage, percent(live.stageDone / live.stageTotal))}
          </span>
        )}
      </span>
    </>
  );
}

function endText({ status, startedAt, endedAt }: RunSummary): string {
  const state = runsText.states[status];
  if (endedAt === null) return state;
  const seconds = (endedAt - startedAt) / 1000;
  return `${state} ${moment(endedAt)}${seconds < 1 ? '' : `, ${text.took(duration(seconds))}`}`;
}

function paceText(secondsPerStep: number | null, etaSeconds: number | null): string {
  if (secondsPerStep === null) return text.starting;
  if (etaSeconds === null) return text.paceOnly(duration(secondsPerStep));
  return text.pace(duration(secondsPerStep), duration(etaSeconds));
}

function HeadActions({ run, actions }: Pick<RunHeadProps, 'run' | 'actions'>) {
  const { busy } = actions;
  if (run.status === 'waiting') return null;
  if (!isGoing(run.status)) return run.canResume ? <Resume run={run} actions={actions} /> : null;
  const isPaused = run.status === 'paused';
  const isEnding = run.status === 'stopping';
  return (
    <>
      <Button
        leftSection={<Icon name="save" />}
        disabled={isEnding}
        loading={busy === 'checkpoint-now'}
        onClick={() => actions.control({ kind: 'checkpoint-now' })}
      >
        {text.saveNow}
      </Button>
      <Button
        leftSection={<Icon name="list" />}
        disabled={isEnding}
        loading={busy === 'evaluate-now'}
        onClick={() => actions.control({ kind: 'evaluate-now' })}
      >
        {text.evaluateNow}
      </Button>
      <Button
        leftSection={<Icon name={isPaused ? 'play' : 'pause'} />}
        disabled={isEnding}
        loading={busy === 'pause' || busy === 'resume'}
        onClick={isPaused ? actions.resume : actions.pause}
      >
        {isPaused ? text.goOn : text.pause}
      </Button>
      <StopMenu actions={actions} isEnding={isEnding} />
    </>
  );
}

/** What will happen is said before it is asked for. */
function Resume({ run, actions }: Pick<RunHeadProps, 'run' | 'actions'>) {
  const trpc = useTRPC();
  const kept = useQuery(trpc.runs.checkpoints.queryOptions({ run: run.id }, OWN_LIVE));
  const from = Math.max(0, ...(kept.data ?? []).map(({ step }) => step));
  return (
    <>
      <span className={styles['pace']}>
        {run.steps === null ? text.resumeNothing : text.resumeFrom(count(from), count(run.steps))}
      </span>
      <Button
        leftSection={<Icon name="play" />}
        loading={actions.busy === 'resume'}
        onClick={actions.resume}
      >
        {text.resume}
      </Button>
    </>
  );
}

function StopMenu({
  actions,
  isEnding,
}: {
  readonly actions: RunActions;
  readonly isEnding: boolean;
}) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button leftSection={<Icon name="stop" />} loading={actions.busy === 'kill'}>
          {text.stop}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="save" />} disabled={isEnding} onClick={actions.stop}>
          {text.stopSave}
          <div className={styles['hint']}>{text.stopSaveHint}</div>
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<Icon name="close" />}
          className={styles['danger'] ?? ''}
          onClick={actions.kill}
        >
          {text.kill}
          <div className={styles['hint']}>{text.killHint}</div>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Why the engine did not take what was asked of it; what it took is said in the bar below. */
export function AnswerBar({ actions }: { readonly actions: RunActions }) {
  const { answer } = actions;
  if (answer === null || answer.result.accepted) return null;
  const { message } = answer.result;
  return (
    <div className={styles['answer']} role="status">
      <Icon name="warning" />
      <span>
        {text.refused}: {message}
      </span>
      <ActionIcon aria-label={text.dismiss} onClick={actions.clear}>
        <Icon name="close" size={12} />
      </ActionIcon>
    </div>
  );
}
