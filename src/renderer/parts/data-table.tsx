/**
 * A table of any length: columns, a count and a way to a row come in; a grid with one selected row
 * goes out. Arrows, Page Up/Down, Home and End move the selection, Enter opens it; rows that have not
 * arrived keep their place. Heads sort, numbers stand right.
 */
import { UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useId } from 'react';
import styles from './data-table.module.css';
import { Icon } from './icon.tsx';
import { useVirtualRows } from './virtual-rows.ts';

export interface TableColumn<Row> {
  readonly id: string;
  readonly title: ReactNode;
  /** A CSS grid track: '80px', 'minmax(160px, 2fr)'. */
  readonly width: string;
  readonly isNumber?: boolean;
  /** Absent = the head does not sort. */
  readonly sortKey?: string;
  readonly cell: (row: Row, index: number) => ReactNode;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly count: number;
  /** undefined while it is on its way. */
  readonly rowAt: (index: number) => Row | undefined;
  readonly keyOf: (row: Row) => string | number;
  /** Told which rows are visible, to fetch them. */
  readonly onRange?: (first: number, end: number) => void;
  readonly selected?: number | undefined;
  readonly onSelect?: (index: number) => void;
  readonly onOpen?: (index: number) => void;
  readonly sort?: { readonly key: string; readonly isDescending: boolean } | null;
  readonly onSort?: (key: string) => void;
  readonly rowHeight?: number;
  /** Rows beside the selected one that are marked as well. */
  readonly isMarked?: (index: number) => boolean;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, count, selected, onRange, onSelect, onOpen, rowHeight = 26 } = props;
  const rows = useVirtualRows(count, rowHeight);
  const { first, end, scrollTo, viewHeight } = rows;
  const id = useId();
  const template = columns.map(({ width }) => width).join(' ');
  useEffect(() => onRange?.(first, end), [onRange, first, end]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection scrolls, not a new size.
  useEffect(() => {
    if (selected !== undefined) scrollTo(selected);
  }, [selected]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = selected ?? -1;
    const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: count - 1,
    };
    const next = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && selected !== undefined) onOpen?.(selected);
    else if (next !== undefined && count > 0) onSelect?.(Math.max(0, Math.min(count - 1, next)));
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles['table']} data-scope="table">
      <div
        className={styles['box']}
        ref={rows.box}
        onScroll={rows.onScroll}
        onKeyDown={onKeyDown}
        role="grid"
        aria-label={props.label}
        aria-rowcount={count + 1}
        aria-colcount={columns.length}
        aria-activedescendant={selected === undefined ? undefined : `${id}-${selected}`}
        tabIndex={0}
      >
        <Head columns={columns} template={template} sort={props.sort} onSort={props.onSort} />
        <div
          className={styles['sizer']}
          style={{ height: rows.boxHeight, minWidth: leastWidth(columns) }}
          role="rowgroup"
        >
          {Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i).map((index) => {
            const row = props.rowAt(index);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys (aria-activedescendant).
              <div
                key={row === undefined ? `gap-${index}` : props.keyOf(row)}
                id={`${id}-${index}`}
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                aria-selected={index === selected}
                className={styles['row']}
                data-marked={props.isMarked?.(index) === true ? true : undefined}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeight,
                  transform: `translateY(${rows.topOf(index)}px)`,
                }}
                onClick={() => onSelect?.(index)}
                onDoubleClick={() => onOpen?.(index)}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    role="gridcell"
                    tabIndex={-1}
                    className={column.isNumber === true ? styles['number'] : styles['cell']}
                  >
                    {row === undefined ? (
                      <span className={styles['gap']} />
                    ) : (
                      column.cell(row, index)
                    )}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const GAP = 12;

/** Below this width the table scrolls sideways: the first length of every track, gaps and padding. */
function leastWidth<Row>(columns: readonly TableColumn<Row>[]): number {
  const tracks = columns.map(({ width }) => Number(/\d+/.exec(width)?.[0] ?? 80));
  return tracks.reduce((sum, track) => sum + track + GAP, GAP + 2);
}

interface HeadProps<Row> {
  readonly columns: readonly TableColumn<Row>[];
  readonly template: string;
  readonly sort: DataTableProps<Row>['sort'];
  readonly onSort: DataTableProps<Row>['onSort'];
}

function Head<Row>({ columns, template, sort, onSort }: HeadProps<Row>) {
  return (
    <div
      className={styles['head']}
      role="row"
      tabIndex={-1}
      aria-rowindex={1}
      style={{ gridTemplateColumns: template, minWidth: leastWidth(columns) }}
    >
      {columns.map((column) => {
        const { sortKey } = column;
        const isSorted = sortKey !== undefined && sort?.key === sortKey;
        const order = sort?.isDescending === true ? 'descending' : 'ascending';
        return (
          <div
            key={column.id}
            role="columnheader"
            tabIndex={-1}
            aria-sort={isSorted ? order : undefined}
            className={column.isNumber === true ? styles['number'] : styles['cell']}
          >
            {sortKey === undefined || onSort === undefined ? (
              column.title
            ) : (
              <UnstyledButton className={styles['sort']} onClick={() => onSort(sortKey)}>
                {column.title}
                {isSorted && <Icon name={order === 'descending' ? 'down' : 'up'} size={10} />}
              </UnstyledButton>
            )}
          </div>
        );
      })}
    </div>
  );
}
