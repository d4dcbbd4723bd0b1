/** Where a run starts from and what it trains on: models and datasets of the workspace, or a path. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DataRef } from '../../../shared/model/dataset.ts';
import { FolderPicker } from '../../parts/folder-picker.tsx';
import { count } from '../../parts/format.ts';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/new-run.ts';
import styles from './controls.module.css';
import rowStyles from './field-row.module.css';

/** Not a path: opens the picker. */
const OTHER = '\u0000other';

export function ModelPicker(props: {
  readonly value: string;
  readonly isDisabled: boolean;
  readonly onChange: (path: string) => void;
}) {
  const trpc = useTRPC();
  const [isPicking, setPicking] = useState(false);
  const models = useQuery(trpc.models.list.queryOptions());
  const known = (models.data ?? []).map((model) => ({
    value: model.kind === 'starter' ? 'starter' : model.path,
    label: `${model.name}${model.isMissing ? ` (${text.modelMissing})` : ''}`,
    disabled: model.isMissing,
  }));
  const isKnown = known.some(({ value }) => value === props.value);
  return (
    <>
      <Select
        className={styles['wide'] ?? ''}
        aria-label={text.modelFrom}
        searchable
        disabled={props.isDisabled}
        value={props.value}
        data={[
          ...distinct(known),
          ...(isKnown ? [] : [{ value: props.value, label: props.value }]),
          { value: OTHER, label: text.modelFolder },
        ]}
        onChange={(next) => {
          if (next === OTHER) setPicking(true);
          else if (next !== null) props.onChange(next);
        }}
      />
      <FolderPicker
        isOpen={isPicking}
        title={text.modelFolder}
        kinds="folder"
        onClose={() => setPicking(false)}
        onChoose={(path) => {
          setPicking(false);
          props.onChange(path);
        }}
      />
    </>
  );
}

function distinct<T extends { readonly value: string }>(options: readonly T[]): T[] {
  return [...new Map(options.map((option) => [option.value, option])).values()];
}

const DATASET = 'dataset:';
const VIEW = 'view:';

export function DataPicker(props: {
  readonly source: string;
  readonly data: DataRef | null;
  readonly isDisabled: boolean;
  readonly onSource: (source: string) => void;
  readonly onData: (data: DataRef) => void;
}) {
  const { source, data } = props;
  const trpc = useTRPC();
  const [isPicking, setPicking] = useState(false);
  const datasets = useQuery(trpc.datasets.list.queryOptions()).data ?? [];
  const views = useQuery(trpc.datasets.views.queryOptions({})).data ?? [];
  const heldOut = (is: boolean) => (is ? `, ${text.heldOut}` : '');
  const value = data === null ? source : valueOfRef(data);
  const choose = (next: string | null) => {
    if (next === OTHER) setPicking(true);
    else if (next?.startsWith(DATASET)) props.onData({ dataset: next.slice(DATASET.length) });
    else if (next?.startsWith(VIEW)) {
      const view = views.find(({ id }) => id === next.slice(VIEW.length));
      if (view !== undefined) {
        props.onData({ dataset: view.dataset, view: { id: view.id, version: view.version } });
      }
    } else if (next !== null) props.onSource(next);
  };
  const isHeldOut =
    data !== null &&
    (datasets.find(({ id }) => id === data.dataset)?.isHeldOut === true ||
      views.find(({ id }) => id === data.view?.id)?.isHeldOut === true);
  return (
    <div>
      <Select
        className={styles['wide'] ?? ''}
        aria-label={text.dataFrom}
        searchable
        disabled={props.isDisabled}
        value={value}
        onChange={choose}
        data={[
          { value: 'world', label: text.dataWorld },
          ...(source === 'world' || data !== null
            ? []
            : [{ value: source, label: text.dataFileNow(source) }]),
          {
            group: text.dataDatasets,
            items: datasets
              .filter(({ status }) => status === 'ready')
              .map((dataset) => ({
                value: `${DATASET}${dataset.id}`,
                label: `${dataset.name}, ${text.rowsCounted(count(dataset.rows))}${heldOut(dataset.isHeldOut)}`,
              })),
          },
          {
            group: text.dataViews,
            items: views.map((view) => ({
              value: `${VIEW}${view.id}`,
              label: `${view.name} v${view.version}, ${text.rowsCounted(count(view.rows))}${heldOut(view.isHeldOut)}`,
            })),
          },
          { value: OTHER, label: text.dataFile },
        ]}
      />
      {data !== null && <p className={styles['said']}>{text.dataFrozen}</p>}
      {isHeldOut && <p className={rowStyles['warning']}>{text.warnHeldOut}</p>}
      <FolderPicker
        isOpen={isPicking}
        title={text.dataFile}
        kinds="file"
        extensions={['.jsonl']}
        onClose={() => setPicking(false)}
        onChoose={(path) => {
          setPicking(false);
          props.onSource(path);
        }}
      />
    </div>
  );
}

function valueOfRef(data: DataRef): string {
  return data.view === undefined ? `${DATASET}${data.dataset}` : `${VIEW}${data.view.id}`;
}
