/** Columns of the table of runs: fixed ones, and any metric or parameter a person chose. */
import { Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { CellBar } from '../../charts/small-bars.tsx';
import { Chip, Status } from '../../parts/chip.tsx';
import type { TableColumn } from '../../parts/data-table.tsx';
import { count, duration, moment, quantity } from '../../parts/format.ts';
import { text } from '../../strings/runs.ts';
import { isGoing, statusKind } from '../run/run-state.ts';
import styles from './run-columns.module.css';
import type { RunRow } from './run-rows.ts';

export interface ColumnOptions {
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  /** In-cell bars of a column share one scale. */
  readonly most: Readonly<Record<string, number>>;
  readonly marked: ReadonlySet<string>;
  readonly onMark: (run: string) => void;
}

/** Heads of groups have their name in the first column only. */
function ofRun(cell: (run: RunSummary) => ReactNode): (row: RunRow) => ReactNode {
  return (row) => (row.kind === 'run' ? cell(row.run) : null);
}

export function runColumns(options: ColumnOptions): TableColumn<RunRow>[] {
  const { metrics, params, most, marked, onMark } = options;
  return [
    {
      id: 'mark',
      title: <span className="visually-hidden">{text.compare}</span>,
      width: '32px',
      cell: ofRun((run) => (
        <Checkbox
          aria-label={text.selectRun(run.name)}
          tabIndex={-1}
          checked={marked.has(run.id)}
          onChange={() => onMark(run.id)}
        />
      )),
    },
    {
      id: 'name',
      title: text.head.name,
      width: 'minmax(160px, 2fr)',
      sortKey: 'name',
      cell: (row) =>
        row.kind === 'group' ? (
          <strong className={styles['group']}>
            {row.title} <span>{count(row.runs)}</span>
          </strong>
        ) : (
          <span className={styles['run']}>
            <Status kind={statusKind(row.run.status)} />
            <span
              className={styles['name']}
              data-archived={row.run.isArchived}
              title={row.run.name}
            >
              {row.run.name}
            </span>
          </span>
        ),
    },
    {
      id: 'status',
      title: text.head.status,
      width: '84px',
      sortKey: 'status',
      cell: ofRun((run) => text.states[run.status]),
    },
    {
      id: 'recipe',
      title: text.head.recipe,
      width: '88px',
      sortKey: 'recipe',
      cell: ofRun((run) => run.recipe),
    },
    {
      id: 'step',
      title: text.head.step,
      width: '72px',
      isNumber: true,
      sortKey: 'step',
      cell: ofRun((run) =>
        run.steps === null || !isGoing(run.status)
          ? count(run.step)
          : `${count(run.step)} / ${count(run.steps)}`,
      ),
    },
    ...metrics.map((metric) => metricColumn(metric, most[metric] ?? 0)),
    ...params.map(paramColumn),
    {
      id: 'started',
      title: text.head.started,
      width: '104px',
      sortKey: 'started',
      cell: ofRun((run) => moment(run.startedAt)),
    },
    {
      id: 'time',
      title: text.head.time,
      width: '72px',
      isNumber: true,
      sortKey: 'time',
      cell: ofRun((run) =>
        run.endedAt === null ? '' : duration((run.endedAt - run.startedAt) / 1000),
      ),
    },
    {
      id: 'tags',
      title: text.head.tags,
      width: 'minmax(72px, 1fr)',
      cell: ofRun((run) => run.tags.map((tag) => <Chip key={tag}>{tag}</Chip>)),
    },
    {
      id: 'note',
      title: text.head.note,
      width: 'minmax(72px, 1fr)',
      sortKey: 'note',
      cell: ofRun((run) => <span title={run.note}>{run.note.split('\n')[0]}</span>),
    },
  ];
}

function metricColumn(metric: string, most: number): TableColumn<RunRow> {
  return {
    id: metric,
    title: <span title={metric}>{shortName(metric)}</span>,
    width: '104px',
    isNumber: true,
    sortKey: `metric:${metric}`,
    cell: ofRun((run) => {
      const value = run.latest[metric];
      if (value === undefined || value === null) return <span className={styles['weak']}>–</span>;
      return (
        <span className={styles['measure']}>
          <CellBar value={value} most={most} />
          <span className={styles['value']}>{quantity(value)}</span>
        </span>
      );
    }),
  };
}

function paramColumn(param: string): TableColumn<RunRow> {
  return {
    id: param,
    title: <span title={param}>{param.split('.').at(-1)}</span>,
    width: '104px',
    isNumber: true,
    sortKey: `param:${param}`,
    cell: ofRun((run) => paramText(run.params[param])),
  };
}

/** `evaluation/accuracy` -> accuracy; the full name is the head's tooltip. */
function shortName(metric: string): string {
  const [stage = '', quantityName = metric] = metric.split('/');
  return text.score[metric] ?? `${stage} ${quantityName.replaceAll('_', ' ')}`;
}

export function paramText(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') {
    return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
  }
  return String(value);
}
