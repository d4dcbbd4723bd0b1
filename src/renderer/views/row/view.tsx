/** One row on a page of its own: a large stage, the chat, what the model sees; arrows walk through the rows. */
import { ActionIcon, Button, TagsInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Command, useCommands } from '../../commands/registry.ts';
import { count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneHead, ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo, usePathParam } from '../../shell/location.ts';
import { text } from '../../strings/datasets.ts';
import { ModelSees } from '../datasets/model-sees.tsx';
import { useDatasets, useSample } from '../datasets/queries.ts';
import { SampleView } from '../datasets/sample-view.tsx';
import styles from './view.module.css';

const STAGE_HEIGHT = 420;

export function View() {
  const go = useGo();
  const id = usePathParam('id');
  const row = Number(usePathParam('row'));
  const dataset = useDatasets().data?.find((candidate) => candidate.id === id);
  const sample = useSample(id, Number.isInteger(row) ? row : undefined);
  useBreadcrumb([
    { title: dataset?.name ?? id, path: `/datasets/${id}` },
    { title: text.row(count(row)) },
  ]);
  const last = (dataset?.rows ?? 1) - 1;
  const commands = useMemo<Command[]>(() => {
    const to = (next: number) => () =>
      go(`/datasets/${id}/rows/${Math.max(0, Math.min(last, next))}`, { replace: true });
    return [
      {
        id: 'row.next',
        title: text.nextRow,
        group: text.datasets,
        keys: ['F', 'ArrowRight', 'J'],
        isQuiet: true,
        run: to(row + 1),
      },
      {
        id: 'row.previous',
        title: text.previousRow,
        group: text.datasets,
        keys: ['D', 'ArrowLeft', 'K'],
        isQuiet: true,
        run: to(row - 1),
      },
      {
        id: 'row.close',
        title: text.datasets,
        group: text.datasets,
        keys: ['Escape'],
        isQuiet: true,
        run: () => go(`/datasets/${id}`, { search: { row } }),
      },
    ];
  }, [go, id, row, last]);
  useCommands(commands);
  return (
    <Panes
      id="row"
      inspectorWidth={460}
      inspector={
        <>
          <PaneHead title={text.modelSees} />
          <PaneBody>
            <ModelSees dataset={id} row={row} />
          </PaneBody>
        </>
      }
    >
      <ToolRow
        title={dataset?.name}
        hint={`${text.row(count(row))} / ${count(last + 1)}`}
        actions={
          <Button onClick={() => go(`/datasets/${id}`, { search: { row } })}>
            {text.datasets}
          </Button>
        }
      >
        <ActionIcon
          aria-label={text.previousRow}
          disabled={row <= 0}
          onClick={() => go(`/datasets/${id}/rows/${row - 1}`, { replace: true })}
        >
          <Icon name="left" />
        </ActionIcon>
        <ActionIcon
          aria-label={text.nextRow}
          disabled={row >= last}
          onClick={() => go(`/datasets/${id}/rows/${row + 1}`, { replace: true })}
        >
          <Icon name="right" />
        </ActionIcon>
        <RowTags dataset={id} row={row} />
      </ToolRow>
      <PaneBody>
        {sample.error !== null && <ErrorState error={sample.error} />}
        {sample.data === undefined && sample.error === null && <LoadingRows label={text.sample} />}
        {sample.data !== undefined && (
          <SampleView sample={sample.data} stageHeight={STAGE_HEIGHT} />
        )}
      </PaneBody>
    </Panes>
  );
}

function RowTags({ dataset, row }: { readonly dataset: string; readonly row: number }) {
  const trpc = useTRPC();
  const only = useQuery(
    trpc.datasets.rows.queryOptions({
      query: { dataset, filters: [{ kind: 'rows', rows: [row] }], search: '', sort: null },
      offset: 0,
      limit: 1,
    }),
  );
  const tag = useMutation(trpc.datasets.tag.mutationOptions());
  const tags = only.data?.rows[0]?.tags ?? [];
  return (
    <TagsInput
      className={styles['tags'] ?? ''}
      aria-label={text.tags}
      placeholder={text.addTag}
      value={tags}
      onChange={(next) =>
        tag.mutate({
          dataset,
          rows: [row],
          add: next.filter((name) => !tags.includes(name)),
          remove: tags.filter((name) => !next.includes(name)),
        })
      }
    />
  );
}
