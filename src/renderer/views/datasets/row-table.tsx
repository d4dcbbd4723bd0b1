/** Rows as a table: picture, prompt, answer and every column of the dataset that has a value. */
import { useMemo } from 'react';
import type { ColumnInfo, RowCard, Scalar } from '../../../shared/model/dataset.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { count, quantity } from '../../parts/format.ts';
import { columnTitle, text } from '../../strings/datasets.ts';
import type { RowListProps } from './row-grid.tsx';
import styles from './row-table.module.css';

const BUILT_IN = new Set(['key', 'prompt', 'answer', 'image_count']);

export interface RowTableProps extends RowListProps {
  readonly columns: readonly ColumnInfo[];
  readonly sort: { readonly key: string; readonly isDescending: boolean } | null;
  readonly onSort: (column: string) => void;
}

export function RowTable(props: RowTableProps) {
  const { window: rows, columns: infos } = props;
  const columns = useMemo<TableColumn<RowCard>[]>(
    () => [
      {
        id: 'row',
        title: text.goToRow,
        width: '72px',
        isNumber: true,
        cell: ({ row }) => count(row),
      },
      {
        id: 'thumb',
        title: '',
        width: '32px',
        cell: ({ thumb }) =>
          thumb === null ? null : (
            <img
              className={styles['thumb']}
              src={`/media/${thumb}?thumb=64`}
              alt=""
              loading="lazy"
            />
          ),
      },
      {
        id: 'prompt',
        title: text.prompt,
        width: 'minmax(200px, 3fr)',
        sortKey: 'prompt',
        cell: ({ prompt }) => prompt,
      },
      {
        id: 'answer',
        title: text.answer,
        width: 'minmax(80px, 1fr)',
        sortKey: 'answer',
        cell: ({ answer }) => answer,
      },
      ...infos
        .filter(({ name }) => !BUILT_IN.has(name))
        .map(
          ({ name, title, kind }): TableColumn<RowCard> => ({
            id: name,
            title: columnTitle(title),
            width: kind === 'number' ? '88px' : '112px',
            isNumber: kind === 'number',
            sortKey: name,
            cell: ({ values }) => shown(values[name]),
          }),
        ),
      { id: 'tags', title: text.tags, width: '96px', cell: ({ tags }) => tags.join(', ') },
    ],
    [infos],
  );
  return (
    <DataTable
      label={text.rows(count(rows.total ?? 0))}
      columns={columns}
      count={rows.total ?? 0}
      rowAt={rows.rowAt}
      keyOf={({ row }) => row}
      onRange={rows.onRange}
      selected={props.selected}
      onSelect={props.onSelect}
      onOpen={props.onOpen}
      sort={props.sort}
      onSort={props.onSort}
    />
  );
}

function shown(value: Scalar | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return quantity(value);
  return String(value);
}
