/** The list pane: sources, views of the chosen one, held-out sets, and the preflight of the chosen one at its foot. */
import { ActionIcon, Menu, TextInput, UnstyledButton } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { DatasetSummary, View as RowView } from '../../../shared/model/dataset.ts';
import { count } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Meter } from '../../parts/meter.tsx';
import { PaneBody, PaneFoot, PaneHead } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/datasets.ts';
import styles from './dataset-list.module.css';
import { PreflightFoot } from './preflight-foot.tsx';
import { useDatasets, useViews } from './queries.ts';

export function DatasetList({
  current,
  view,
}: {
  readonly current: string;
  readonly view: string | undefined;
}) {
  const go = useGo();
  const [find, setFind] = useState('');
  const datasets = useDatasets().data ?? [];
  const views = useViews(undefined).data ?? [];
  const matches = ({ name }: { readonly name: string }) =>
    name.toLowerCase().includes(find.toLowerCase());
  const shown = datasets.find(({ id }) => id === current);
  const sources = datasets.filter((dataset) => !dataset.isHeldOut && matches(dataset));
  const heldOut = datasets.filter((dataset) => dataset.isHeldOut && matches(dataset));
  const own = views.filter((candidate) => candidate.dataset === current && matches(candidate));
  return (
    <>
      <PaneHead title={text.datasets}>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={text.importData}>
              <Icon name="plus" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => go('/datasets/import')}>{text.importData}</Menu.Item>
            <Menu.Item onClick={() => go('/datasets/generate')}>{text.generate}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </PaneHead>
      <div className={styles['find']}>
        <TextInput
          aria-label={text.find}
          placeholder={text.find}
          leftSection={<Icon name="search" size={14} />}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
        />
      </div>
      <PaneBody>
        <Group title={text.sources}>
          {sources.map((dataset) => (
            <DatasetRow
              key={dataset.id}
              dataset={dataset}
              isCurrent={dataset.id === current && view === undefined}
            />
          ))}
        </Group>
        {own.length > 0 && (
          <Group title={text.views} hint={text.viewsOf(shown?.name ?? '')}>
            {own.map((candidate) => (
              <ViewRow key={candidate.id} view={candidate} isCurrent={candidate.id === view} />
            ))}
          </Group>
        )}
        {heldOut.length > 0 && (
          <Group title={text.heldOut} hint={text.neverTrained}>
            {heldOut.map((dataset) => (
              <DatasetRow
                key={dataset.id}
                dataset={dataset}
                isCurrent={dataset.id === current && view === undefined}
              />
            ))}
          </Group>
        )}
      </PaneBody>
      {shown?.status === 'ready' && (
        <PaneFoot>
          <PreflightFoot dataset={current} />
        </PaneFoot>
      )}
    </>
  );
}

function Group(props: {
  readonly title: string;
  readonly hint?: string;
  readonly children: React.ReactNode;
}) {
  return (
    <section className={styles['group']}>
      <h3>
        {props.title} <span>{props.hint}</span>
      </h3>
      <ul>{props.children}</ul>
    </section>
  );
}

const ICONS: Readonly<Record<DatasetSummary['origin']['kind'], IconName>> = {
  import: 'table',
  world: 'globe',
  bundled: 'globe',
  rollouts: 'bars',
};

function DatasetRow({
  dataset,
  isCurrent,
}: {
  readonly dataset: DatasetSummary;
  readonly isCurrent: boolean;
}) {
  const go = useGo();
  const trpc = useTRPC();
  const stop = useMutation(trpc.datasets.cancelImport.mutationOptions());
  const resume = useMutation(trpc.datasets.resumeImport.mutationOptions());
  const { id, progress, status } = dataset;
  return (
    <li>
      <UnstyledButton
        className={styles['row']}
        aria-current={isCurrent}
        onClick={() => go(`/datasets/${id}`)}
      >
        <Icon name={dataset.isHeldOut ? 'lock' : ICONS[dataset.origin.kind]} />
        <span className={styles['name']}>{dataset.name}</span>
        <span className={styles['count']}>{count(dataset.rows)}</span>
      </UnstyledButton>
      {status === 'importing' && (
        <div className={styles['state']}>
          <Meter
            value={progress?.done ?? 0}
            total={progress?.total ?? 0}
            label={text.importing(count(dataset.rows))}
          />
          <UnstyledButton onClick={() => stop.mutate({ id })}>{text.stop}</UnstyledButton>
        </div>
      )}
      {(status === 'cancelled' || status === 'failed') && (
        <div className={styles['state']}>
          <span>{status === 'failed' ? text.failed : text.cancelled}</span>
          <UnstyledButton onClick={() => resume.mutate({ id })}>{text.resume}</UnstyledButton>
        </div>
      )}
    </li>
  );
}

function ViewRow({ view, isCurrent }: { readonly view: RowView; readonly isCurrent: boolean }) {
  const go = useGo();
  return (
    <li>
      <UnstyledButton
        className={styles['row']}
        aria-current={isCurrent}
        onClick={() =>
          go(`/datasets/${view.dataset}`, { search: { view: view.id, v: view.version } })
        }
      >
        <Icon name="filter" />
        <span className={styles['name']}>{view.name}</span>
        <span className={styles['count']}>{count(view.rows)}</span>
      </UnstyledButton>
    </li>
  );
}
