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

/** What of the tree is shown: the filter, the search and what is folded. */
function useTree(nodes: readonly ModelNode[]) {
  const [filter, setFilter] = useState<ModelFilter>('all');
  const [search, setSearch] = useState('');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(
    () =>
      filter === 'all' && search.trim() === ''
        ? treeRows(nodes, folded)
        : filterModels(nodes, filter, search).map(
            (node): TreeRow => ({
              kind: 'model',
              key: node.id,
              depth: 0,
              node,
              isBelowRun: false,
              isOpen: undefined,
            }),
          ),
    [nodes, folded, filter, search],
  );
  const fold = useCallback((which: TreeRow, isFolded: boolean) => {
    setFolded((before) => {
      const after = new Set(before);
      if (isFolded) after.add(which.key);
      else after.delete(which.key);
      return after;
    });
  }, []);
  return { rows, filter, setFilter, search, setSearch, fold };
}

function ModelsPage({ nodes }: { readonly nodes: readonly ModelNode[] }) {
  const [values, setValues] = useSearchValues();
  const tree = useTree(nodes);
  const { rows } = tree;
  const [dialog, setDialog] = useState<Dialog | undefined>();
  const exports = useExports().data ?? [];
  const at = rows.findIndex(({ key }) => key === values['m']);
  const row = rows[at];
  useBreadcrumb(row === undefined ? [] : [{ title: rowName(row) }]);
  const choose = (key: string | undefined) => setValues({ m: key });
  const remove = useRemove();
  const annotate = useAnnotate();
  const go = useGo();
  const openImport = () => setDialog({ kind: 'import' });
  const openRetention = () => setDialog({ kind: 'retention', run: undefined });
  useModelCommands({
    row,
    onImport: openImport,
    onExport: (which) => setDialog({ kind: 'export', node: which }),
    onRetention: openRetention,
    onRemove: remove,
    onPin: (which) => annotate.mutate({ id: which.id, isPinned: !which.isPinned }),
    onProbe: (which) => go('/chat', { search: { model: which.id } }),
    onFold: tree.fold,
  });
  const total = nodes.reduce((sum, { bytes: size }) => sum + size, 0);
  return (
    <Panes
      id="models"
      list={
        <ModelList
          nodes={nodes}
          filter={tree.filter}
          search={tree.search}
          onFilter={tree.setFilter}
          onSearch={tree.setSearch}
          onRetention={openRetention}
        />
      }
      inspector={
        <Inspector
          row={row}
          nodes={nodes}
          onDialog={setDialog}
          onRemove={remove}
          onSelect={choose}
        />
      }
      inspectorWidth={336}
      {...(exports.length > 0
        ? { drawer: <ExportsDrawer exports={exports} />, drawerHeight: 132 }
        : {})}
    >
      <ToolRow
        title={text.models}
        hint={text.summary(plural(nodes.length, 'model'), bytes(total))}
        actions={
          <Button leftSection={<Icon name="folder" size={14} />} onClick={openImport}>
            {text.importModel}
          </Button>
        }
      />
      <Rows
        rows={rows}
        at={at}
        isOnlyStarter={nodes.length === 1}
        onSelect={(index) => choose(rows[index]?.key)}
        onFold={tree.fold}
        onClear={() => {
          tree.setFilter('all');
          tree.setSearch('');
        }}
        onImport={openImport}
      />
      <Dialogs
        dialog={dialog}
        nodes={nodes}
        onClose={() => setDialog(undefined)}
        onImported={choose}
      />
    </Panes>
  );
}

function Dialogs(props: {
  readonly dialog: Dialog | undefined;
  readonly nodes: readonly ModelNode[];
  readonly onClose: () => void;
  readonly onImported: (id: string) => void;
}) {
  const { dialog, nodes, onClose, onImported } = props;
  return (
    <>
      <ImportDialog isOpen={dialog?.kind === 'import'} onClose={onClose} onImported={onImported} />
      {dialog?.kind === 'export' && <ExportDialog node={dialog.node} onClose={onClose} />}
      {dialog?.kind === 'retention' && (
        <RetentionDialog run={dialog.run} nodes={nodes} onClose={onClose} />
      )}
    </>
  );
}

function Rows(props: {
  readonly rows: readonly TreeRow[];
  readonly at: number;
  readonly isOnlyStarter: boolean;
  readonly onSelect: (index: number) => void;
  readonly onFold: (row: TreeRow, isFolded: boolean) => void;
  readonly onClear: () => void;
  readonly onImport: () => void;
}) {
  const { rows, at, onImport } = props;
  const go = useGo();
  if (rows.length === 0) {
    return (
      <EmptyState
        title={text.nothingTitle}
        actions={<Button onClick={props.onClear}>{text.clear}</Button>}
      >
        {text.nothing}
      </EmptyState>
    );
  }
  return (
    <>
      <ModelTable
        rows={rows}
        selected={at < 0 ? undefined : at}
        onSelect={props.onSelect}
        onOpen={(index) => {
          const opened = rows[index];
          if (opened?.kind === 'run') go(`/runs/${opened.run}`);
          else if (opened !== undefined) go('/chat', { search: { model: opened.node.id } });
        }}
        onFold={(which) => props.onFold(which, which.isOpen === true)}
      />
      {props.isOnlyStarter && (
        <EmptyState
          title={text.onlyStarterTitle}
          actions={
            <>
              <Button variant="filled" onClick={() => go('/runs/new')}>
                {text.newRun}
              </Button>
              <Button onClick={onImport}>{text.importModel}</Button>
            </>
          }
        >
          {text.onlyStarter}
        </EmptyState>
      )}
    </>
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
      nodes={nodes}
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
