/** Read-only SQL over the rows of one dataset: a question in, a table out. */
import { sql as sqlLanguage } from '@codemirror/lang-sql';
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Scalar } from '../../../shared/model/dataset.ts';
import { type Command, useCommands } from '../../commands/registry.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { count, duration } from '../../parts/format.ts';
import { Keys } from '../../parts/keys.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { usePathParam } from '../../shell/location.ts';
import { text } from '../../strings/preflight.ts';
import { useAppearance } from '../../theme/appearance.ts';
import { DatasetList } from '../datasets/dataset-list.tsx';
import { useDatasets } from '../datasets/queries.ts';
import styles from './view.module.css';

const CodeMirror = lazy(() => import('@uiw/react-codemirror'));
const FIRST = 'SELECT task, count(*) AS rows\nFROM rows_named\nGROUP BY task\nORDER BY rows DESC';

export function View() {
  const trpc = useTRPC();
  const id = usePathParam('id');
  const dataset = useDatasets().data?.find((candidate) => candidate.id === id);
  const { resolved } = useAppearance();
  const [draft, setDraft] = useState(FIRST);
  const [asked, setAsked] = useState('');
  useBreadcrumb([
    { title: dataset?.name ?? id, path: `/datasets/${id}` },
    { title: text.sqlTitle },
  ]);
  const answer = useQuery(
    trpc.datasets.sql.queryOptions({ dataset: id, sql: asked }, { enabled: asked !== '' }),
  );
  const commands = useMemo<Command[]>(
    () => [
      {
        id: 'sql.run',
        title: text.run,
        group: text.sqlTitle,
        keys: ['Mod+Enter'],
        run: () => setAsked(draft),
      },
    ],
    [draft],
  );
  useCommands(commands);
  const extensions = useMemo(() => [sqlLanguage()], []);
  return (
    <Panes id="datasets" list={<DatasetList current={id} view={undefined} />}>
      <ToolRow
        title={text.sqlTitle}
        hint={text.sqlHint}
        actions={
          <Button
            variant="filled"
            rightSection={<Keys chord="Mod+Enter" />}
            onClick={() => setAsked(draft)}
          >
            {text.run}
          </Button>
        }
      />
      <Suspense fallback={<LoadingRows label={text.sqlTitle} rows={4} />}>
        <CodeMirror
          className={styles['editor'] ?? ''}
          value={draft}
          height="140px"
          theme={resolved}
          extensions={extensions}
          onChange={setDraft}
          aria-label={text.sqlTitle}
        />
      </Suspense>
      {answer.error !== null && <ErrorState error={answer.error} />}
      {answer.isLoading && <LoadingRows label={text.run} />}
      {answer.data !== undefined && (
        <Result
          columns={answer.data.columns}
          rows={answer.data.rows}
          seconds={answer.data.ms / 1000}
          isCut={answer.data.isCut}
        />
      )}
    </Panes>
  );
}

function Result(props: {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Scalar[])[];
  readonly seconds: number;
  readonly isCut: boolean;
}) {
  const { rows } = props;
  const columns = useMemo(
    () =>
      props.columns.map((title, index) => ({
        id: `${index}`,
        title,
        width: 'minmax(88px, 1fr)',
        isNumber: typeof rows[0]?.[index] === 'number',
        cell: (row: readonly Scalar[]) => String(row[index] ?? ''),
      })),
    [props.columns, rows],
  );
  return (
    <>
      <p className={styles['note']} role="status">
        {text.result(count(rows.length), duration(props.seconds))}
        {props.isCut && `, ${text.cut(count(rows.length))}`}
      </p>
      <DataTable
        label={text.sqlTitle}
        columns={columns}
        count={rows.length}
        rowAt={(index) => rows[index]}
        keyOf={(row) => rows.indexOf(row)}
      />
    </>
  );
}
