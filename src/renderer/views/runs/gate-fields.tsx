/** A condition on the job before: metric, comparison, value. A draft comes in; a gate goes out. */
import { NumberInput, Select } from '@mantine/core';
import type { QueueGate } from '../../../shared/model/run-queue.ts';
import { text } from '../../strings/runs.ts';
import styles from './queue-item-editor.module.css';

export interface GateDraft {
  /** '' = no condition. */
  readonly metric: string;
  readonly op: '>=' | '<=';
  readonly value: number | string;
}

export const NO_GATE: GateDraft = { metric: '', op: '>=', value: '' };

/** undefined value or metric = no condition. */
export function gateOf({ metric, op, value }: GateDraft): QueueGate | null {
  if (metric === '' || typeof value !== 'number') return null;
  return { metric, op, value, of: 'previous', take: 'last' };
}

const METRICS = ['evaluation/accuracy', 'reward/mean', 'objective/loss', 'objective/pair_accuracy'];

export function GateFields(props: {
  readonly value: GateDraft;
  readonly onChange: (value: GateDraft) => void;
}) {
  const { value, onChange } = props;
  const isOn = value.metric !== '';
  return (
    <fieldset className={styles['gate']}>
      <legend>{text.gateTitle}</legend>
      <Select
        aria-label={text.gateMetric}
        value={value.metric}
        onChange={(metric) => onChange({ ...value, metric: metric ?? '' })}
        data={[
          { value: '', label: text.noGate },
          ...METRICS.map((metric) => ({ value: metric, label: metric })),
        ]}
      />
      <Select
        aria-label={text.gateTitle}
        disabled={!isOn}
        value={value.op}
        onChange={(op) => onChange({ ...value, op: op === '<=' ? '<=' : '>=' })}
        data={[
          { value: '>=', label: text.atLeast },
          { value: '<=', label: text.atMost },
        ]}
      />
      <NumberInput
        aria-label={text.gateValue}
        disabled={!isOn}
        value={value.value}
        onChange={(next) => onChange({ ...value, value: next })}
      />
    </fieldset>
  );
}
