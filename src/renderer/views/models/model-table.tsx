/** The family tree as a table: rows and a selection come in; names indent, numbers stand right. */
import { ActionIcon } from '@mantine/core';
import type { ModelNode } from '../../../shared/model/model.ts';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import {
  bytes,
  compact,
  count,
  moment,
  percent,
  plural,
  quantity,
  shortId,
} from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { text } from '../../strings/models.ts';
import styles from './model-table.module.css';
import type { TreeRow } from './tree-rows.ts';

const ICONS: Readonly<Record<ModelNode['kind'], IconName>> = {
  starter: 'chip',
  imported: 'folder',
  checkpoint: 'save',
  adapter: 'branch',
  export: 'upload',
};

export interface ModelTableProps {
  readonly rows: readonly TreeRow[];
  readonly selected: number | undefined;
  readonly onSelect: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly onFold: (row: TreeRow) => void;
}

export function ModelTable({ rows, selected, onSelect, onOpen, onFold }: ModelTableProps) {
  return (
    <DataTable
      label={text.models}
      columns={columnsOf(onFold)}
      count={rows.length}
      rowAt={(index) => rows[index]}
      keyOf={({ key }) => key}
      selected={selected}
      onSelect={onSelect}
      onOpen={onOpen}
    />
  );
}

function columnsOf(onFold: (row: TreeRow) => void): TableColumn<TreeRow>[] {
  return [
    {
      id: 'name',
      title: text.name,
      width: 'minmax(230px, 4fr)',
      cell: (row) => <NameCell row={row} onFold={onFold} />,
    },
    { id: 'recipe', title: text.recipe, width: '64px', cell: (row) => firstOf(row)?.recipe ?? '' },
    {
      id: 'data',
      title: text.trainedOn,
      width: 'minmax(72px, 1fr)',
      cell: (row) => firstOf(row)?.dataView?.name ?? '',
    },
    {
      id: 'accuracy',
      title: text.accuracy,
      width: '72px',
      isNumber: true,
      cell: (row) => {
        const value = bestScore(row, 'evaluation/accuracy');
        return value === undefined ? '' : percent(value, 1);
      },
    },
    {
      id: 'reward',
      title: text.reward,
      width: '56px',
      isNumber: true,
      cell: (row) => {
        const value = bestScore(row, 'reward/mean');
        return value === undefined ? '' : quantity(value);
      },
    },
    {
      id: 'params',
      title: text.parameters,
      width: '72px',
      isNumber: true,
      cell: (row) =>
        row.kind === 'model' && row.node.params !== null ? compact(row.node.params) : '',
    },
    {
      id: 'bytes',
      title: text.onDisk,
      width: '64px',
      isNumber: true,
      cell: (row) => bytes(bytesOf(row)),
    },
    {
      id: 'made',
      title: text.made,
      width: '84px',
      isNumber: true,
      cell: (row) =>
        row.kind === 'model' && row.node.kind !== 'starter' ? moment(row.node.createdAt) : '',
    },
  ];
}

function NameCell(props: { readonly row: TreeRow; readonly onFold: (row: TreeRow) => void }) {
  const { row, onFold } = props;
  const name = nameOf(row);
  return (
    <span className={styles['name']} style={{ paddingLeft: 16 * row.depth }}>
      {row.isOpen === undefined ? (
        <span className={styles['stub']} />
      ) : (
        <ActionIcon
          size={20}
          aria-label={`${row.isOpen ? text.fold : text.unfold} ${name}`}
          aria-expanded={row.isOpen}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onFold(row);
          }}
        >
          <Icon name={row.isOpen ? 'down' : 'right'} size={12} />
        </ActionIcon>
      )}
      <Icon name={row.kind === 'run' ? 'chart' : ICONS[row.node.kind]} size={14} />
      <span
        className={row.kind === 'run' ? styles['run'] : styles['label']}
        title={row.kind === 'run' ? row.run : row.node.name}
      >
        {name}
      </span>
      {row.kind === 'run' && (
        <span className={styles['weak']} title={plural(row.checkpoints.length, 'checkpoint')}>
          {count(row.checkpoints.length)}
        </span>
      )}
      {row.kind === 'model' && <Marks node={row.node} />}
    </span>
  );
}

/** Below its run a checkpoint is called by its step, unless somebody named it. */
function nameOf(row: TreeRow): string {
  if (row.kind === 'run') return shortId(row.name, 24);
  const { name, run, runName, step } = row.node;
  const isNamed = name !== `${runName ?? run} step ${step}`;
  return row.isBelowRun && step !== null && !isNamed ? text.stepOf(count(step)) : name;
}

function Marks({ node }: { readonly node: ModelNode }) {
  const isBlocked = node.problems.some(({ level }) => level === 'block');
  return (
    <>
      {node.isPinned && <Icon name="pin" size={12} label={text.pinned} />}
      {node.note !== '' && <Icon name="edit" size={12} label={node.note} />}
      {node.problems.length > 0 && (
        <span className={isBlocked ? styles['bad'] : styles['warn']}>
          <Icon name={isBlocked ? 'error' : 'warning'} size={12} />
          {node.isMissing ? text.missing : plural(node.problems.length, 'problem')}
        </span>
      )}
    </>
  );
}

function firstOf(row: TreeRow): ModelNode | undefined {
  return row.kind === 'model' ? row.node : row.checkpoints[0];
}

function bytesOf(row: TreeRow): number {
  return row.kind === 'model'
    ? row.node.bytes
    : row.checkpoints.reduce((sum, node) => sum + node.bytes, 0);
}

/** Of a run: its best checkpoint. */
function bestScore(row: TreeRow, metric: string): number | undefined {
  const nodes = row.kind === 'model' ? [row.node] : row.checkpoints;
  const values = nodes.flatMap(({ scores }) => scores[metric] ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}
