/** The datasets page: list, facets, rows as grid or table, the chosen row beside them. */
import { Button, Menu, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DatasetSummary } from '../../../shared/model/dataset.ts';
import { type Command, useCommands } from '../../commands/registry.ts';
import { Status } from '../../parts/chip.tsx';
import { count, duration } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Meter } from '../../parts/meter.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, usePathParam } from '../../shell/location.ts';
import { columnTitle, text } from '../../strings/datasets.ts';
import { DatasetActions } from './dataset-actions.tsx';
import { DatasetList } from './dataset-list.tsx';
import { FacetPane } from './facet-pane.tsx';
import { FilterChips } from './filter-chips.tsx';
import { useDatasets, useRowWindow } from './queries.ts';
import { type QueryState, useQueryState } from './query-state.ts';
import { RowGrid } from './row-grid.tsx';
import { RowInspector } from './row-inspector.tsx';
import { RowTable } from './row-table.tsx';
import styles from './view.module.css';

export function View() {
  const go = useGo();
  const id = usePathParam('id');
  const datasets = useDatasets();
  const dataset =
    datasets.data?.find((candidate) => candidate.id === id) ??
    (id === '' ? datasets.data?.[0] : undefined);
  useBreadcrumb(
    dataset === undefined ? [] : [{ title: dataset.name, path: `/datasets/${dataset.id}` }],
  );
  if (datasets.error !== null) return <ErrorState error={datasets.error} />;
  if (datasets.data === undefined) return <LoadingRows label={text.datasets} rows={12} />;
  if (dataset === undefined) {
    return (
      <Panes id="datasets" list={<DatasetList current="" view={undefined} />}>
        <EmptyState
          title={text.emptyTitle}
          actions={
            <>
              <Button variant="filled" onClick={() => go('/datasets/import')}>
                {text.importData}
              </Button>
              <Button onClick={() => go('/datasets/generate')}>{text.generate}</Button>
            </>
          }
        >
          {text.empty}
        </EmptyState>
      </Panes>
    );
  }
  if (dataset.rows === 0) return <NoRowsYet dataset={dataset} />;
  return <DatasetPage key={dataset.id} dataset={dataset} />;
}

/** A dataset whose first rows are on their way, or never came. */
function NoRowsYet({ dataset }: { readonly dataset: DatasetSummary }) {
  const trpc = useTRPC();
  const resume = useMutation(trpc.datasets.resumeImport.mutationOptions());
  return (
    <Panes id="datasets" list={<DatasetList current={dataset.id} view={undefined} />}>
      <ToolRow title={dataset.name} />
      {dataset.status === 'importing' && (
        <>
          <p className={styles['progress']}>
            <Status kind="running">{text.importing('0')}</Status>
            <Meter
              value={dataset.progress?.done ?? 0}
              total={dataset.progress?.total ?? 0}
              label={dataset.name}
              width={160}
            />
          </p>
          <LoadingRows label={text.datasets} rows={10} />
        </>
      )}
      {dataset.error !== null && (
        <ErrorState
          title={text.failed}
          error={{ data: { lab: dataset.error } }}
          actions={<Button onClick={() => resume.mutate({ id: dataset.id })}>{text.resume}</Button>}
        />
      )}
      {dataset.status !== 'importing' && dataset.error === null && (
        <EmptyState title={text.noRowsTitle}>{text.empty}</EmptyState>
      )}
    </Panes>
  );
}

function DatasetPage({ dataset }: { readonly dataset: DatasetSummary }) {
  const state = useQueryState(dataset.id);
  const { query, row } = state;
  const go = useGo();
  const rows = useRowWindow(query, dataset.rows > 0);
  const { selected, select, step } = useSelection(dataset.id, state, rows.total ?? 0);
  const open = useCallback(() => {
    if (row !== undefined) go(`/datasets/${dataset.id}/rows/${row}`);
  }, [go, dataset.id, row]);
  const shown = { window: rows, selected, onSelect: select, onOpen: open };
  return (
    <Panes
      id="datasets"
      list={<DatasetList current={dataset.id} view={query.view?.id} />}
      inspector={<RowInspector dataset={dataset.id} row={row} onStep={step} onOpen={open} />}
      inspectorWidth={392}
    >
      <ToolRow
        title={dataset.name}
        hint={text.rows(count(dataset.rows))}
        actions={
          rows.total !== undefined && (
            <span role="status">{text.match(count(rows.total), duration(rows.seconds))}</span>
          )
        }
      >
        <SearchField state={state} />
        <FilterChips
          filters={query.filters}
          columns={dataset.columns}
          onChange={state.setFilters}
        />
      </ToolRow>
      <SecondRow dataset={dataset} state={state} onGoTo={select} />
      <div className={styles['rows']}>
        <FacetPane query={query} onFilters={state.setFilters} />
        <div className={styles['list']}>
          {rows.error !== null && <ErrorState error={rows.error} />}
          {rows.total === 0 && rows.error === null && (
            <EmptyState
              title={text.noRowsTitle}
              actions={
                <Button
                  onClick={() => {
                    state.setFilters([]);
                    state.setSearch('');
                  }}
                >
                  {text.clearFilters}
                </Button>
              }
            >
              {text.noRows}
            </EmptyState>
          )}
          {rows.total !== 0 && state.layout === 'grid' && <RowGrid {...shown} />}
          {rows.total !== 0 && state.layout === 'table' && (
            <RowTable
              {...shown}
              columns={dataset.columns}
              sort={
                query.sort === null
                  ? null
                  : { key: query.sort.column, isDescending: query.sort.isDescending }
              }
              onSort={(column) =>
                state.setSort(
                  column,
                  query.sort?.column === column ? !query.sort.isDescending : false,
                )
              }
            />
          )}
        </div>
      </div>
    </Panes>
  );
}

/** The chosen row by its place in the result; its source number is in the address. */
function useSelection(dataset: string, state: QueryState, total: number) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { query, row, setRow } = state;
  const [selected, setSelected] = useState<number | undefined>();
  const asked = useRef(0);
  // An answer that comes after the page was left must not bring it back.
  useEffect(
    () => () => {
      asked.current += 1;
    },
    [],
  );
  // A new question: where is the row in its answer?
  useEffect(() => {
    if (row === undefined) {
      setSelected(undefined);
      return;
    }
    let isCurrent = true;
    void queries
      .fetchQuery(trpc.datasets.locate.queryOptions({ query, row }))
      .then((offset) => isCurrent && setSelected(offset ?? undefined))
      .catch(() => isCurrent && setSelected(undefined));
    return () => {
      isCurrent = false;
    };
  }, [queries, trpc, query, row]);
  const select = useCallback(
    (offset: number) => {
      const turn = ++asked.current;
      setSelected(offset);
      const first = Math.floor(offset / 100) * 100;
      void queries
        .fetchQuery(trpc.datasets.rows.queryOptions({ query, offset: first, limit: 100 }))
        .then(({ rows }) => {
          const card = rows[offset - first];
          if (turn === asked.current && card !== undefined) setRow(card.row);
        });
    },
    [queries, trpc, query, setRow],
  );
  // A page without a chosen row shows the first one, so that there is something to read.
  useEffect(() => {
    if (row === undefined && total > 0) select(0);
  }, [row, total, select]);
  const step = useCallback(
    (by: number) => {
      if (total > 0) select(Math.max(0, Math.min(total - 1, (selected ?? -1) + by)));
    },
    [select, selected, total],
  );
  useRowCommands(dataset, step);
  return { selected, select, step };
}

function useRowCommands(dataset: string, step: (by: number) => void): void {
  const go = useGo();
  const commands = useMemo<Command[]>(
    () => [
      {
        id: 'rows.next',
        title: text.nextRow,
        group: text.datasets,
        keys: ['F', 'ArrowRight'],
        isQuiet: true,
        run: () => step(1),
      },
      {
        id: 'rows.previous',
        title: text.previousRow,
        group: text.datasets,
        keys: ['D', 'ArrowLeft'],
        isQuiet: true,
        run: () => step(-1),
      },
      {
        id: 'rows.goto',
        title: text.goToRow,
        group: text.datasets,
        keys: ['G'],
        run: () => document.querySelector<HTMLInputElement>('#go-to-row')?.focus(),
      },
      {
        id: 'rows.search',
        title: text.searchRows,
        group: text.datasets,
        keys: ['Mod+F', '/'],
        run: () => document.querySelector<HTMLInputElement>('#search-rows')?.focus(),
      },
      {
        id: 'datasets.import',
        title: text.importData,
        group: text.datasets,
        keys: ['Mod+I'],
        run: () => go('/datasets/import'),
      },
      {
        id: 'datasets.sql',
        title: text.sql,
        group: text.datasets,
        run: () => go(`/datasets/${dataset}/sql`),
      },
    ],
    [dataset, step, go],
  );
  useCommands(commands);
}

function SecondRow(props: {
  readonly dataset: DatasetSummary;
  readonly state: QueryState;
  readonly onGoTo: (offset: number) => void;
}) {
  const { dataset, state, onGoTo } = props;
  const { query } = state;
  const [jump, setJump] = useState<number | string>('');
  return (
    <ToolRow actions={<DatasetActions dataset={dataset} query={query} />}>
      <SegmentedControl
        aria-label={text.columns}
        value={state.layout}
        onChange={(value) => state.setLayout(value === 'table' ? 'table' : 'grid')}
        data={[
          { value: 'grid', label: text.grid },
          { value: 'table', label: text.table },
        ]}
      />
      <SortMenu dataset={dataset} state={state} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typeof jump === 'number') onGoTo(Math.max(0, jump));
        }}
      >
        <NumberInput
          id="go-to-row"
          className={styles['jump'] ?? ''}
          aria-label={text.goToRow}
          placeholder={text.goToRow}
          min={0}
          allowDecimal={false}
          thousandSeparator=","
          value={jump}
          onChange={setJump}
          rightSection={<kbd>G</kbd>}
        />
      </form>
    </ToolRow>
  );
}

/** Asked a moment after the last key, so that a word is one question. */
function SearchField({ state }: { readonly state: QueryState }) {
  const { setSearch: ask, query } = state;
  const [search, setSearch] = useState(query.search);
  useEffect(() => {
    const timer = setTimeout(() => ask(search), 200);
    return () => clearTimeout(timer);
  }, [search, ask]);
  return (
    <TextInput
      id="search-rows"
      className={styles['search'] ?? ''}
      aria-label={text.searchRows}
      placeholder={text.searchRows}
      leftSection={<Icon name="search" size={14} />}
      value={search}
      onChange={(event) => setSearch(event.currentTarget.value)}
    />
  );
}

function SortMenu({
  dataset,
  state,
}: {
  readonly dataset: DatasetSummary;
  readonly state: QueryState;
}) {
  const { sort } = state.query;
  const title = columnTitle(
    dataset.columns.find(({ name }) => name === sort?.column)?.title ?? sort?.column ?? '',
  );
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button leftSection={<Icon name="sort" size={14} />}>
          {sort === null
            ? text.sourceOrder
            : `${title} ${sort.isDescending ? text.descending : text.ascending}`}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={styles['menu'] ?? ''}>
        <Menu.Item onClick={() => state.setSort(null, false)}>{text.sourceOrder}</Menu.Item>
        {dataset.columns.map((column) => (
          <Menu.Item
            key={column.name}
            onClick={() =>
              state.setSort(column.name, sort?.column === column.name ? !sort.isDescending : false)
            }
          >
            {columnTitle(column.title)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
