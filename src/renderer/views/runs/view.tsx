/** All runs of the workspace: a table to sort, filter, mark and compare; the queue below it. */
import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { useCommands } from '../../commands/registry.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { StatusKeys } from '../../parts/status-keys.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { ChainBuilder } from './chain-builder.tsx';
import { ComparePane } from './compare-pane.tsx';
import { QueueDrawer } from './queue-drawer.tsx';
import { RunAbout } from './run-about.tsx';
import { runColumns } from './run-columns.tsx';
import { type RunFilter, type RunRow, runRows } from './run-rows.ts';
import { RunsPane } from './runs-pane.tsx';
import { RunsTools } from './runs-tools.tsx';
import { useTableState } from './table-state.ts';
import { useRunEdits } from './use-run-edits.ts';
import styles from './view.module.css';

export function View() {
  const trpc = useTRPC();
  const go = useGo();
  const [state, change] = useTableState();
  const { params, isArchivedShown } = state;
  const list = useQuery(trpc.runs.list.queryOptions({ params, isArchivedShown }));
  const runs = useMemo(() => list.data ?? [], [list.data]);
  const [words, setWords] = useState('');
  const [filters, setFilters] = useState<readonly RunFilter[]>([]);
  const [chosen, setChosen] = useState<string>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<'chain' | 'import'>();
  const rows = useMemo(
    () =>
      runRows(runs, { words, filters, sort: state.sort, group: state.group, noTag: text.noTag }),
    [runs, words, filters, state.sort, state.group],
  );
  const mark = useCallback(
    (id: string) =>
      setMarked((before) =>
        before.has(id)
          ? new Set([...before].filter((one) => one !== id))
          : new Set([...before, id]),
      ),
    [],
  );
  const selected = rows.findIndex((row) => row.kind === 'run' && row.run.id === chosen);
  const run = runs.find(({ id }) => id === chosen);
  const compared = runs.filter(({ id }) => marked.has(id));
  const findBox = useRef<HTMLInputElement>(null);
  const open = useCallback((id: string) => go(`/runs/${id}`), [go]);
  useRunsCommands({ run, mark, open, findBox });
  return (
    <Panes
      id="runs"
      list={<RunsPane />}
      inspectorWidth={300}
      drawerHeight={180}
      labels={{ list: text.list, inspector: text.inspector, drawer: text.drawer }}
      {...(runs.length === 0 ? {} : { inspector: inspectorOf(compared, run, runs, setMarked) })}
      drawer={<QueueDrawer />}
    >
      <StatusKeys hints={text.keyHints} />
      {list.isSuccess && runs.length === 0 && words === '' ? (
        <Empty onImport={() => setDialog('import')} />
      ) : (
        <>
          <RunsTools
            runs={runs}
            shown={rows.filter(({ kind }) => kind === 'run').length}
            words={words}
            onWords={setWords}
            findBox={findBox}
            filters={filters}
            onFilters={setFilters}
            state={state}
            onState={change}
            onChain={() => setDialog('chain')}
            onImport={() => setDialog('import')}
          />
          {list.error !== null && <ErrorState error={list.error} />}
          {list.isPending ? (
            <LoadingRows label={text.all} />
          ) : (
            <RunTable
              rows={rows}
              state={state}
              onState={change}
              selected={selected < 0 ? undefined : selected}
              onSelect={setChosen}
              onOpen={open}
              marked={marked}
              onMark={mark}
              runs={runs}
            />
          )}
        </>
      )}
      {dialog === 'chain' && <ChainBuilder onClose={() => setDialog(undefined)} />}
      <ImportRun isOpen={dialog === 'import'} onClose={() => setDialog(undefined)} />
    </Panes>
  );
}

function inspectorOf(
  compared: readonly RunSummary[],
  run: RunSummary | undefined,
  runs: readonly RunSummary[],
  onMarks: (marks: ReadonlySet<string>) => void,
) {
  if (compared.length >= 2) {
    return <ComparePane runs={compared} onClear={() => onMarks(new Set())} />;
  }
  if (run === undefined) return <p className={styles['hint']}>{text.compareTwo}</p>;
  const tags = [...new Set(runs.flatMap((one) => one.tags))].sort();
  return <RunAbout run={run} allTags={tags} />;
}

function RunTable(props: {
  readonly rows: readonly RunRow[];
  readonly runs: readonly RunSummary[];
  readonly state: ReturnType<typeof useTableState>[0];
  readonly onState: ReturnType<typeof useTableState>[1];
  readonly selected: number | undefined;
  readonly onSelect: (run: string) => void;
  readonly onOpen: (run: string) => void;
  readonly marked: ReadonlySet<string>;
  readonly onMark: (run: string) => void;
}) {
  const { rows, runs, state, marked, onMark } = props;
  const { metrics, params, sort } = state;
  const columns = useMemo(() => {
    const most = Object.fromEntries(
      metrics.map((metric) => [metric, Math.max(0, ...runs.map((run) => run.latest[metric] ?? 0))]),
    );
    return runColumns({ metrics, params, most, marked, onMark });
  }, [metrics, params, runs, marked, onMark]);
  const idAt = (index: number) => {
    const row = rows[index];
    return row?.kind === 'run' ? row.run.id : undefined;
  };
  const withId = (index: number, act: (id: string) => void) => {
    const id = idAt(index);
    if (id !== undefined) act(id);
  };
  return (
    <DataTable
      label={text.all}
      columns={columns}
      count={rows.length}
      rowAt={(index) => rows[index]}
      keyOf={({ id }) => id}
      selected={props.selected}
      onSelect={(index) => withId(index, props.onSelect)}
      onOpen={(index) => withId(index, props.onOpen)}
      sort={sort}
      onSort={(key) =>
        props.onState({ sort: { key, isDescending: sort.key === key ? !sort.isDescending : true } })
      }
      isMarked={(index) => {
        const id = idAt(index);
        return id !== undefined && marked.has(id);
      }}
    />
  );
}

function Empty({ onImport }: { readonly onImport: () => void }) {
  const go = useGo();
  return (
    <EmptyState
      title={text.emptyTitle}
      actions={
        <>
          <Button variant="filled" onClick={() => go('/runs/new')}>
            {text.newRun}
          </Button>
          <Button onClick={onImport}>{text.openFolder}</Button>
        </>
      }
    >
      {text.emptyText}
    </EmptyState>
  );
}

function ImportRun(props: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const trpc = useTRPC();
  const go = useGo();
  const importFolder = useMutation(
    trpc.runs.importFolder.mutationOptions({ onSuccess: (run) => go(`/runs/${run.id}`) }),
  );
  return (
    <>
      <FolderPicker
        isOpen={props.isOpen}
        title={text.openFolderTitle}
        kinds="folder"
        onClose={props.onClose}
        onChoose={(path) => {
          props.onClose();
          importFolder.mutate({ path });
        }}
      />
      {importFolder.error !== null && (
        <ErrorState error={importFolder.error} onRetry={() => importFolder.reset()} />
      )}
    </>
  );
}

function useRunsCommands(props: {
  readonly run: RunSummary | undefined;
  readonly mark: (run: string) => void;
  readonly open: (run: string) => void;
  readonly findBox: React.RefObject<HTMLInputElement | null>;
}): void {
  const { run, mark, open, findBox } = props;
  const go = useGo();
  const edits = useRunEdits();
  const latest = useRef(edits);
  latest.current = edits;
  const commands = useMemo(() => {
    const { group } = text;
    const blocked = run === undefined ? text.compareTwo : undefined;
    return [
      { id: 'runs.new', title: text.newRun, group, keys: ['N'], run: () => go('/runs/new') },
      {
        id: 'runs.find',
        title: text.filterHere,
        group,
        keys: ['Mod+F'],
        run: () => findBox.current?.focus(),
      },
      {
        id: 'runs.open',
        title: text.open,
        group,
        keys: ['O'],
        blocked,
        run: () => run !== undefined && open(run.id),
      },
      {
        id: 'runs.mark',
        title: text.compare,
        group,
        keys: ['Space'],
        scope: 'table',
        blocked,
        run: () => run !== undefined && mark(run.id),
      },
      {
        id: 'runs.archive',
        title: text.archive,
        group,
        keys: ['A'],
        blocked,
        run: () => run !== undefined && latest.current.archive(run, !run.isArchived),
      },
      {
        id: 'runs.remove',
        title: text.remove,
        group,
        keys: ['Delete'],
        scope: 'table',
        blocked,
        run: () => run !== undefined && latest.current.remove(run),
      },
    ];
  }, [run, mark, open, findBox, go]);
  useCommands(commands);
}
