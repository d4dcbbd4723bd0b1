/** The preflight report: what is wrong, how many rows, examples, one-click fixes that make views and never edit the source. */
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { PreflightProblem } from '../../../shared/model/dataset-reports.ts';
import { Status, type StatusKind } from '../../parts/chip.tsx';
import { count, duration, moment } from '../../parts/format.ts';
import { Meter } from '../../parts/meter.tsx';
import { PaneBody, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, usePathParam } from '../../shell/location.ts';
import { offerUndo } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/preflight.ts';
import { DatasetList } from '../datasets/dataset-list.tsx';
import { useDatasets, usePreflight } from '../datasets/queries.ts';
import styles from './view.module.css';

export function View() {
  const trpc = useTRPC();
  const id = usePathParam('id');
  const dataset = useDatasets().data?.find((candidate) => candidate.id === id);
  const state = usePreflight(id, true);
  useBreadcrumb([{ title: dataset?.name ?? id, path: `/datasets/${id}` }, { title: text.title }]);
  const run = useMutation(trpc.datasets.runPreflight.mutationOptions());
  const cancel = useMutation(trpc.datasets.cancelPreflight.mutationOptions());
  const report = state.data?.report ?? undefined;
  const running = state.data?.running ?? undefined;
  return (
    <Panes id="datasets" list={<DatasetList current={id} view={undefined} />}>
      <ToolRow
        title={text.title}
        hint={
          report === undefined
            ? dataset?.name
            : text.checkedAt(moment(report.checkedAt), duration(report.ms / 1000))
        }
        actions={
          running === undefined ? (
            <Button onClick={() => run.mutate({ dataset: id })}>
              {report === undefined ? text.checkNow : text.checkAgain}
            </Button>
          ) : (
            <Button onClick={() => cancel.mutate({ dataset: id })}>{text.stop}</Button>
          )
        }
      >
        {running !== undefined && (
          <span className={styles['running']}>
            {text.checking(running.stage)}
            <Meter value={running.done} total={running.total} label={text.title} width={160} />
          </span>
        )}
      </ToolRow>
      <PaneBody>
        {state.error !== null && <ErrorState error={state.error} />}
        {state.data?.error != null && <ErrorState error={{ data: { lab: state.data.error } }} />}
        {report === undefined && running === undefined && state.error === null && (
          <EmptyState title={text.notYet}>{text.notYetText}</EmptyState>
        )}
        {report !== undefined && report.problems.length === 0 && (
          <EmptyState title={text.sound}>{text.soundText(count(report.rows))}</EmptyState>
        )}
        <ol>
          {report?.problems.map((problem) => (
            <Problem key={problem.id} dataset={id} problem={problem} />
          ))}
        </ol>
      </PaneBody>
    </Panes>
  );
}

const MARKS: Readonly<Record<PreflightProblem['severity'], StatusKind>> = {
  error: 'failed',
  warn: 'attention',
  info: 'waiting',
};

function Problem({
  dataset,
  problem,
}: {
  readonly dataset: string;
  readonly problem: PreflightProblem;
}) {
  const go = useGo();
  const trpc = useTRPC();
  const fix = useMutation(
    trpc.datasets.fixPreflight.mutationOptions({
      onSuccess: () => offerUndo(text.fixed(problem.title)),
    }),
  );
  return (
    <li className={styles['problem']}>
      <Status kind={MARKS[problem.severity]}>
        <strong>{problem.title}</strong>
        <span className={styles['weak']}>{text.rows(count(problem.rows))}</span>
      </Status>
      <p>{problem.detail}</p>
      <ul className={styles['examples']}>
        {problem.examples.map(({ row, note }) => (
          <li key={row}>
            <button type="button" onClick={() => go(`/datasets/${dataset}/rows/${row}`)}>
              {count(row)}
            </button>
            <span>{note}</span>
          </li>
        ))}
      </ul>
      <div className={styles['actions']}>
        <Button
          onClick={() =>
            go(`/datasets/${dataset}`, {
              search: { f: [{ kind: 'problem', problem: problem.id }] as never },
            })
          }
        >
          {text.showRows}
        </Button>
        {problem.fixes.map(({ id, title, effect }) => (
          <Button
            key={id}
            title={effect}
            disabled={fix.isPending}
            onClick={() => fix.mutate({ dataset, problem: problem.id, fix: id })}
          >
            {title}
          </Button>
        ))}
      </div>
      {fix.error !== null && <ErrorState error={fix.error} />}
    </li>
  );
}
