/** What can be done with the rows that match: save them as a view, train on them, export, and the dataset's own menu. */
import { ActionIcon, Button, Menu, Popover, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { DatasetSummary, RowQuery } from '../../../shared/model/dataset.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { offerUndo } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/datasets.ts';
import { ExportDialog } from './export-dialog.tsx';
import { PassRateItem } from './pass-rate-item.tsx';

export interface DatasetActionsProps {
  readonly dataset: DatasetSummary;
  readonly query: RowQuery;
}

export function DatasetActions({ dataset, query }: DatasetActionsProps) {
  const go = useGo();
  const trpc = useTRPC();
  const { id } = dataset;
  const [isExporting, setExporting] = useState(false);
  const remove = useMutation(
    trpc.datasets.remove.mutationOptions({
      onSuccess: () => {
        offerUndo(text.removed(dataset.name));
        go('/datasets');
      },
    }),
  );
  const hold = useMutation(trpc.datasets.setHeldOut.mutationOptions());
  const data = {
    dataset: id,
    ...(query.view === undefined ? {} : { view: query.view.id, v: query.view.version }),
  };
  return (
    <>
      <SaveView query={query} />
      <Button
        variant="filled"
        disabled={dataset.isHeldOut}
        title={dataset.isHeldOut ? text.neverTrained : undefined}
        onClick={() => go('/runs/new', { search: data })}
      >
        {text.useInRecipe}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={text.more}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setExporting(true)}>{text.export}…</Menu.Item>
          <Menu.Item onClick={() => go(`/datasets/${id}/sql`)}>{text.sql}</Menu.Item>
          <Menu.Item onClick={() => go(`/datasets/${id}/preflight`)}>{text.preflight}</Menu.Item>
          <Menu.Item onClick={() => go(`/datasets/${id}/bad-rows`)}>{text.badRows}</Menu.Item>
          <PassRateItem dataset={id} />
          <RenameItem dataset={dataset} />
          <Menu.Item onClick={() => hold.mutate({ id, isHeldOut: !dataset.isHeldOut })}>
            {dataset.isHeldOut ? text.unmarkHeldOut : text.markHeldOut}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="trash" />} onClick={() => remove.mutate({ id })}>
            {text.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isExporting && (
        <ExportDialog dataset={dataset} query={query} onClose={() => setExporting(false)} />
      )}
    </>
  );
}

function RenameItem({ dataset }: { readonly dataset: DatasetSummary }) {
  const trpc = useTRPC();
  const rename = useMutation(trpc.datasets.rename.mutationOptions());
  const [name, setName] = useState(dataset.name);
  return (
    <Popover position="left-start" trapFocus withinPortal={false}>
      <Popover.Target>
        <Menu.Item closeMenuOnClick={false}>{text.rename}…</Menu.Item>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rename.mutate({ id: dataset.id, name });
          }}
        >
          <TextInput
            aria-label={text.rename}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </form>
        {rename.error !== null && <ErrorState error={rename.error} />}
      </Popover.Dropdown>
    </Popover>
  );
}

/** A name makes a view of what matches now; an open view can take it as its next version. */
function SaveView({ query }: { readonly query: RowQuery }) {
  const go = useGo();
  const trpc = useTRPC();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const opened = (view: {
    readonly id: string;
    readonly version: number;
    readonly dataset: string;
  }) => {
    setOpen(false);
    go(`/datasets/${view.dataset}`, { search: { view: view.id, v: view.version } });
  };
  const create = useMutation(trpc.datasets.createView.mutationOptions({ onSuccess: opened }));
  const update = useMutation(trpc.datasets.updateView.mutationOptions({ onSuccess: opened }));
  const { view } = query;
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus width={280}>
      <Popover.Target>
        <Button onClick={() => setOpen(!isOpen)}>{text.saveView}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({ name, query });
          }}
        >
          <TextInput
            label={text.viewName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" mt="sm" disabled={name.trim() === ''}>
            {text.saveView}
          </Button>
          {view !== undefined && (
            <Button mt="sm" ml="xs" onClick={() => update.mutate({ id: view.id, query })}>
              {text.updateView}
            </Button>
          )}
        </form>
        {create.error !== null && <ErrorState error={create.error} />}
        {update.error !== null && <ErrorState error={update.error} />}
      </Popover.Dropdown>
    </Popover>
  );
}
