/** The inspector of the chosen row: the sample, what the model sees, the raw object. */
import { ActionIcon, Tabs } from '@mantine/core';
import type { Sample } from '../../../shared/model/sample.ts';
import { count, shortId } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneHead } from '../../parts/pane.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { text } from '../../strings/datasets.ts';
import { ModelSees } from './model-sees.tsx';
import { useSample } from './queries.ts';
import styles from './row-inspector.module.css';
import { SampleView } from './sample-view.tsx';

export interface RowInspectorProps {
  readonly dataset: string;
  readonly row: number | undefined;
  readonly onStep: (by: number) => void;
  readonly onOpen: () => void;
}

export function RowInspector({ dataset, row, onStep, onOpen }: RowInspectorProps) {
  const sample = useSample(dataset, row);
  if (row === undefined) return <EmptyState title={text.noRowTitle}>{text.noRow}</EmptyState>;
  return (
    <>
      <PaneHead
        title={text.row(count(row))}
        hint={<code title={sample.data?.key}>{shortId(sample.data?.key ?? '')}</code>}
      >
        <ActionIcon aria-label={text.previousRow} onClick={() => onStep(-1)}>
          <Icon name="left" />
        </ActionIcon>
        <ActionIcon aria-label={text.nextRow} onClick={() => onStep(1)}>
          <Icon name="right" />
        </ActionIcon>
        <ActionIcon aria-label={text.openRow} onClick={onOpen}>
          <Icon name="external" />
        </ActionIcon>
      </PaneHead>
      {sample.error !== null && <ErrorState error={sample.error} />}
      {sample.data === undefined && sample.error === null && <LoadingRows label={text.sample} />}
      {sample.data !== undefined && <RowTabs dataset={dataset} row={row} sample={sample.data} />}
    </>
  );
}

export function RowTabs(props: {
  readonly dataset: string;
  readonly row: number;
  readonly sample: Sample;
}) {
  return (
    <Tabs defaultValue="sample" className={styles['tabs']}>
      <Tabs.List>
        <Tabs.Tab value="sample">{text.sample}</Tabs.Tab>
        <Tabs.Tab value="model">{text.modelSees}</Tabs.Tab>
        <Tabs.Tab value="raw">{text.raw}</Tabs.Tab>
      </Tabs.List>
      <PaneBody>
        <Tabs.Panel value="sample">
          <SampleView sample={props.sample} />
        </Tabs.Panel>
        <Tabs.Panel value="model">
          <ModelSees dataset={props.dataset} row={props.row} />
        </Tabs.Panel>
        <Tabs.Panel value="raw">
          <pre className={styles['raw']}>{JSON.stringify(props.sample, null, 2)}</pre>
        </Tabs.Panel>
      </PaneBody>
    </Tabs>
  );
}
