/** The models page: the family tree, the chosen model beside it, exports below it. */
import { Button } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { bytes, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, useSearchValues } from '../../shell/location.ts';
import { text } from '../../strings/models.ts';
import { ExportDialog } from './export-dialog.tsx';
import { ExportsDrawer } from './exports-drawer.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { useModelCommands } from './model-commands.ts';
import { ModelInspector } from './model-inspector.tsx';
import { ModelList } from './model-list.tsx';
import { ModelTable } from './model-table.tsx';
import { useAnnotate, useExports, useModels, useRemove } from './queries.ts';
import { RetentionDialog } from './retention-dialog.tsx';
import { RunInspector } from './run-inspector.tsx';
import { filterModels, type ModelFilter, type TreeRow, treeRows } from './tree-rows.ts';

type Dialog =
  | { readonly kind: 'import' }
  | { readonly kind: 'export'; readonly node: ModelNode }
  | { readonly kind: 'retention'; readonly run: string | undefined };

export function View() {
  const models = useModels();
  if (models.error !== null) return <ErrorState error={models.error} />;
  if (models.data === undefined) return <LoadingRows label={text.models} rows={12} />;
  return <ModelsPage nodes={models.data} />;
}

function ModelsPage({ nodes }: { readonly nodes: readonly ModelNode[] }) {
  const [values, setValues] = useSearchValues();
  const [filter, setFilter] = useState<ModelFilter>('all');
  const [search, setSearch] = useState('');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Dialog | undefined>();
  const exports = useExports();
  const isTree = filter === 'all' && search.trim() === '';
  const rows = useMemo(
    () =>
      isTree
        ? treeRows(nodes, folded)
        : filterModels(nodes, filter, search).map(
            (node): TreeRow => ({ kind: 'model', key: node.id, depth: 0, node, isOpen: undefined }),
          ),
    [nodes, folded, isTree, filter, search],
  );
  const at = rows.findIndex(({ key }) => key === values['m']);
  const row = rows[at];
  const node = row?.kind === 'model' ? row.node : undefined;
  useBreadcrumb(row === undefined ? [] : [{ title: node?.name ?? rowName(row) }]);
  const select = useCallback(
    (index: number) => setValues({ m: rows[index]?.key }),
    [rows, setValues],
  );
  const fold = useCallback((which: TreeRow, isFolded: boolean) => {
    setFolded((before) => {
      const after = new Set(before);
      if (isFolded) after.add(which.key);
      else after.delete(which.key);
      return after;
    });
  }, []);
  const remove = useRemove();
  const annotate = useAnnotate();
  const go = useGo();
  useModelCommands({
    row,
    onImport: () => setDialog({ kind: 'import' }),
    onExport: (which) => setDialog({ kind: 'export', node: which }),
    onRetention: () => setDialog({ kind: 'retention', run: undefined }),
    onRemove: remove,
    onPin: (which) => annotate.mutate({ id: which.id, isPinned: !which.isPinned }),
    onProbe: (which) => go('/chat', { search: { model: which.id } }),
    onFold: fold,
  });
  const close = () => setDialog(undefined);
  const total = nodes.reduce((sum, { bytes: size }) => sum + size, 0);
  return (
    <Panes
      id="models"
      list={
        <ModelList
          nodes={nodes}
          filter={filter}
          search={search}
          onFilter={setFilter}
          onSearch={setSearch}
          onRetention={() => setDialog({ kind: 'retention', run: undefined })}
        />
      }
      inspector={
        <Inspector row={row} nodes={nodes} onDialog={setDialog} onRemove={remove} onSelect={(id) => setValues({ m: id })} />
      }
      inspectorWidth={336}
      {...((exports.data ?? []).length > 0
        ? { drawer: <ExportsDrawer exports={exports.data ?? []} />, drawerHeight: 132 }
        : {})}
    >
      <ToolRow
        title={text.models}
        hint={text.summary(plural(nodes.length, 'model'), bytes(total))}
        actions={
          <>
            <Button onClick={() => setDialog({ kind: 'retention', run: undefined })}>
              {text.retention}
            </Button>
            <Button
              leftSection={<Icon name="folder" size={14} />}
              onClick={() => setDialog({ kind: 'import' })}
            >
              {text.importModel}
            </Button>
          </>
        }
      />
      {rows.length === 0 ? (
        <EmptyState
          title={text.nothingTitle}
          actions={
            <Button
              onClick={() => {
                setFilter('all');
                setSearch('');
              }}
            >
              {text.clear}
            </Button>
          }
        >
          {text.nothing}
        </EmptyState>
      ) : (
        <ModelTable
          rows={rows}
          selected={at < 0 ? undefined : at}
          onSelect={select}
          onOpen={(index) => {
            const opened = rows[index];
            if (opened?.kind === 'run') go(`/runs/${opened.run}`);
            else if (opened !== undefined) go('/chat', { search: { model: opened.node.id } });
          }}
          onFold={(which) => fold(which, which.isOpen === true)}
        />
      )}
      {nodes.length === 1 && (
        <EmptyState
          title={text.onlyStarterTitle}
          actions={
            <>
              <Button variant="filled" onClick={() => go('/runs/new')}>
                {text.newRun}
              </Button>
              <Button onClick={() => setDialog({ kind: 'import' })}>{text.importModel}</Button>
            </>
          }
        >
          {text.onlyStarter}
        </EmptyState>
      )}
      <ImportDialog
        isOpen={dialog?.kind === 'import'}
        onClose={close}
        onImported={(id) => setValues({ m: id })}
      />
      {dialog?.kind === 'export' && <ExportDialog node={dialog.node} onClose={close} />}
      {dialog?.kind === 'retention' && (
        <RetentionDialog run={dialog.run} nodes={nodes} onClose={close} />
      )}
    </Panes>
  );
}

function Inspector(props: {
  readonly row: TreeRow | undefined;
  readonly nodes: readonly ModelNode[];
  readonly onDialog: (dialog: Dialog) => void;
  readonly onRemove: (node: ModelNode) => void;
  readonly onSelect: (id: string) => void;
}) {
  const { row, nodes, onDialog } = props;
  if (row === undefined) return <EmptyState title={text.noneTitle}>{text.none}</EmptyState>;
  if (row.kind === 'run') {
    return (
      <RunInspector row={row} onRetention={() => onDialog({ kind: 'retention', run: row.run })} />
    );
  }
  return (
    <ModelInspector
      node={row.node}
      parent={nodes.find(({ id }) => id === row.node.parent)}
      onSelect={props.onSelect}
      onExport={() => onDialog({ kind: 'export', node: row.node })}
      onRemove={() => props.onRemove(row.node)}
    />
  );
}

function rowName(row: TreeRow): string {
  return row.kind === 'run' ? row.name : row.node.name;
}
