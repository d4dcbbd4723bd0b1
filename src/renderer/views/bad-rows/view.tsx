/** Rows an import could not read: file, line, reason, the row itself. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { BadRow } from '../../../shared/model/dataset.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { count } from '../../parts/format.ts';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { usePathParam } from '../../shell/location.ts';
import { text } from '../../strings/preflight.ts';
import { DatasetList } from '../datasets/dataset-list.tsx';
import { useDatasets } from '../datasets/queries.ts';

const PAGE = 200;

export function View() {
  const trpc = useTRPC();
  const id = usePathParam('id');
  const dataset = useDatasets().data?.find((candidate) => candidate.id === id);
  const [page, setPage] = useState(0);
  useBreadcrumb([
    { title: dataset?.name ?? id, path: `/datasets/${id}` },
    { title: text.badTitle },
  ]);
  const bad = useQuery(
    trpc.datasets.badRows.queryOptions(
      { id, offset: page * PAGE, limit: 2 * PAGE },
      { placeholderData: (previous) => previous },
    ),
  );
  const columns = useMemo<TableColumn<BadRow>[]>(
    () => [
      { id: 'file', title: text.file, width: '200px', cell: ({ file }) => <code>{file}</code> },
      {
        id: 'line',
        title: text.line,
        width: '72px',
        isNumber: true,
        cell: ({ line }) => (line === null ? '' : count(line)),
      },
      {
        id: 'reason',
        title: text.reason,
        width: 'minmax(200px, 2fr)',
        cell: ({ reason }) => <span title={reason}>{reason}</span>,
      },
      {
        id: 'excerpt',
        title: text.excerpt,
        width: 'minmax(160px, 2fr)',
        cell: ({ excerpt }) => <code title={excerpt}>{excerpt}</code>,
      },
    ],
    [],
  );
  const total = bad.data?.total ?? 0;
  return (
    <Panes id="datasets" list={<DatasetList current={id} view={undefined} />}>
      <ToolRow title={text.badTitle} hint={count(total)} />
      {bad.error !== null && <ErrorState error={bad.error} />}
      {total === 0 && bad.data !== undefined && (
        <EmptyState title={text.badNone}>{text.badNoneText}</EmptyState>
      )}
      {total > 0 && (
        <DataTable
          label={text.badTitle}
          columns={columns}
          count={total}
          rowAt={(index) => bad.data?.rows[index - page * PAGE]}
          keyOf={(row) => `${row.file}:${row.line ?? row.row}`}
          onRange={(first) => setPage(Math.floor(first / PAGE))}
        />
      )}
    </Panes>
  );
}
