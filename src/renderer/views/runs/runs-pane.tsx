/**
 * The list on the left of every page of runs: what trains and what waits, then what has ended with its
 * score. A chosen run comes in; its facts and whatever stands at the foot follow below.
 */
import { ActionIcon, TextInput, Tooltip, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { memo, type ReactNode, useState } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import type { QueueItem } from '../../../shared/model/run-queue.ts';
import { Status } from '../../parts/chip.tsx';
import { count, moment, percent, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneHead } from '../../parts/pane.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { isGoing, scoreOf, statusKind } from '../run/run-state.ts';
import styles from './runs-pane.module.css';

export function RunsPane(props: {
  readonly selected?: string;
  /** Facts of the chosen run. */
  readonly facts?: ReactNode;
  /** The foot. */
  readonly children?: ReactNode;
}) {
  const trpc = useTRPC();
  const go = useGo();
  const [find, setFind] = useState<string>();
  const runs = useQuery(trpc.runs.list.queryOptions());
  const queue = useQuery(trpc.runs.queue.queryOptions());
  const fits = (name: string) => name.toLowerCase().includes((find ?? '').trim().toLowerCase());
  const going = (runs.data ?? []).filter((run) => isGoing(run.status) && fits(run.name));
  const ended = (runs.data ?? []).filter(
    (run) => !isGoing(run.status) && run.status !== 'waiting' && fits(run.name),
  );
  const waiting = (queue.data?.items ?? []).filter(
    ({ status, name }) => (status === 'waiting' || status === 'blocked') && fits(name),
  );
  return (
    <>
      <PaneHead title={text.title}>
        <Tooltip label={text.filterHere}>
          <ActionIcon
            aria-label={text.filterHere}
            aria-pressed={find !== undefined}
            onClick={() => setFind(find === undefined ? '' : undefined)}
          >
            <Icon name="filter" />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={text.newRun}>
          <ActionIcon aria-label={text.newRun} onClick={() => go('/runs/new')}>
            <Icon name="plus" />
          </ActionIcon>
        </Tooltip>
      </PaneHead>
      {find !== undefined && (
        <TextInput
          className={styles['find'] ?? ''}
          aria-label={text.filterHere}
          data-autofocus
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
      )}
      <PaneBody>
        {runs.error !== null && <ErrorState error={runs.error} />}
        {runs.isPending && <LoadingRows label={text.title} />}
        <Head title={text.now} hint={text.nowHint(going.length, waiting.length)} />
        <ul>
          {going.map((run) => (
            <RunLine key={run.id} run={run} isSelected={run.id === props.selected} />
          ))}
          {waiting.map((item) => (
            <QueuedLine key={item.id} item={item} />
          ))}
        </ul>
        <Head title={text.finished} hint={scoreTitle(ended)} />
        <ul>
          {ended.map((run) => (
            <RunLine key={run.id} run={run} isSelected={run.id === props.selected} />
          ))}
        </ul>
        {runs.isSuccess && ended.length === 0 && (
          <p className={styles['weak']}>{text.nothingFinished}</p>
        )}
        {props.facts}
      </PaneBody>
      {props.children}
    </>
  );
}

function Head({ title, hint }: { readonly title: string; readonly hint: string }) {
  return (
    <div className={styles['head']}>
      <h3>{title}</h3>
      <span>{hint}</span>
    </div>
  );
}

/** What the numbers on the right are, where they are the same for all. */
function scoreTitle(ended: readonly RunSummary[]): string {
  const metrics = new Set(ended.flatMap(({ latest }) => scoreOf(latest)?.metric ?? []));
  const [only] = metrics;
  return metrics.size === 1 && only !== undefined ? (text.score[only] ?? '') : '';
}

const RunLine = memo(function RunLine(props: {
  readonly run: RunSummary;
  readonly isSelected: boolean;
}) {
  const { run, isSelected } = props;
  const go = useGo();
  return (
    <li>
      <UnstyledButton
        className={styles['line']}
        aria-current={isSelected ? 'true' : undefined}
        onClick={() => go(`/runs/${run.id}`)}
      >
        <Status kind={statusKind(run.status)} />
        <span className={styles['name']}>{run.name}</span>
        <span className={styles['value']}>{lineValue(run)}</span>
      </UnstyledButton>
    </li>
  );
});

function lineValue(run: RunSummary): string {
  if (isGoing(run.status)) {
    if (run.status === 'paused') return text.states.paused;
    return run.steps === null ? count(run.step) : `${count(run.step)} / ${count(run.steps)}`;
  }
  if (run.status !== 'finished') return run.error?.code ?? text.states[run.status];
  const score = scoreOf(run.latest);
  if (score === undefined) return '';
  return score.metric.includes('accuracy') ? percent(score.value, 1) : quantity(score.value);
}

function QueuedLine({ item }: { readonly item: QueueItem }) {
  const go = useGo();
  const when = item.startsAt === null ? text.states[item.status] : moment(item.startsAt);
  return (
    <li>
      <UnstyledButton
        className={styles['line']}
        onClick={() => go('/runs', { search: { queued: item.id } })}
      >
        <Status kind={statusKind(item.status)} />
        <span className={styles['name']}>{item.name}</span>
        <span className={styles['value']}>{when}</span>
      </UnstyledButton>
    </li>
  );
}
