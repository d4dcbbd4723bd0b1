/** The inspector of a run's row: its checkpoints together, and the way to the run and its retention. */
import { Button } from '@mantine/core';
import { bytes, count, percent, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/models.ts';
import styles from './model-inspector.module.css';
import type { RunRow } from './tree-rows.ts';

export function RunInspector(props: { readonly row: RunRow; readonly onRetention: () => void }) {
  const { row, onRetention } = props;
  const go = useGo();
  const [first] = row.checkpoints;
  const total = row.checkpoints.reduce((sum, node) => sum + node.bytes, 0);
  return (
    <>
      <PaneHead title={row.name} hint={text.runTitle} />
      <PaneBody>
        <div className={styles['actions']}>
          <Button
            leftSection={<Icon name="chart" size={14} />}
            onClick={() => go(`/runs/${row.run}`)}
          >
            {text.openRun}
          </Button>
          <Button leftSection={<Icon name="filter" size={14} />} onClick={onRetention}>
            {text.retention}
          </Button>
        </div>
        <Section title={text.facts}>
          <Facts
            rows={[
              [text.run, <code key="run">{row.run}</code>],
              [text.recipe, first?.recipe ?? '–'],
              [text.trainedOn, first?.dataView?.name ?? '–'],
              [text.onDisk, bytes(total)],
            ]}
          />
        </Section>
        <Section title={text.scores}>
          <Facts
            rows={row.checkpoints.map((node) => {
              const accuracy = node.scores['evaluation/accuracy'];
              return [
                `${text.step} ${count(node.step ?? 0)}`,
                accuracy === undefined
                  ? quantity(node.scores['reward/mean'] ?? node.scores['objective/loss'])
                  : percent(accuracy, 1),
              ];
            })}
          />
        </Section>
      </PaneBody>
    </>
  );
}
