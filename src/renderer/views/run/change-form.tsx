/**
 * Safe edits of a run that is going: learning rate factor, KL weight, last step. Numbers come in, are
 * checked here and asked of the engine, and what it answered stands below the field.
 */
import { Button, NumberInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { RunCommand, RunSummary } from '../../../shared/model/app-run.ts';
import { count } from '../../parts/format.ts';
import { text } from '../../strings/run.ts';
import styles from './change-form.module.css';
import type { RunActions } from './use-run-actions.ts';

export interface ChangeFormProps {
  readonly run: RunSummary;
  /** Newest values, from `changed` events; undefined where nothing was changed. */
  readonly changed: Readonly<Record<string, number>>;
  /** Of the recipe; null: the run has no KL term. */
  readonly klWeight: number | null;
  readonly actions: RunActions;
}

export function ChangeForm({ run, changed, klWeight, actions }: ChangeFormProps) {
  return (
    <section className={styles['form']} aria-label={text.changeTitle}>
      <h3>{text.changeTitle}</h3>
      <Field
        kind="lr-scale"
        label={text.lrScale}
        value={changed['lr-scale'] ?? 1}
        limits={[0, 1000]}
        actions={actions}
      />
      <Field
        kind="kl-weight"
        label={text.klWeight}
        value={changed['kl-weight'] ?? klWeight}
        limits={[0, 1000]}
        actions={actions}
        {...(klWeight === null ? { blocked: text.noKl } : {})}
      />
      <Field
        kind="stop-step"
        label={text.stopStep}
        value={changed['stop-step'] ?? run.steps}
        limits={[run.step + 1, 1_000_000]}
        isWhole
        actions={actions}
      />
    </section>
  );
}

type Editable = 'lr-scale' | 'kl-weight' | 'stop-step';

interface FieldProps {
  readonly kind: Editable;
  readonly label: string;
  readonly value: number | null;
  readonly limits: readonly [number, number];
  readonly isWhole?: boolean;
  readonly blocked?: string;
  readonly actions: RunActions;
}

function Field(props: FieldProps) {
  const { kind, label, value, limits, actions } = props;
  const [draft, setDraft] = useState<number | string>();
  const [least, most] = limits;
  const number = typeof draft === 'number' ? draft : Number.NaN;
  const isChanged = draft !== undefined && draft !== value;
  const problem =
    !isChanged || (number >= least && number <= most)
      ? undefined
      : props.isWhole === true
        ? text.tooEarly(count(least - 1))
        : text.badNumber(count(least), count(most));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isChanged || problem !== undefined) return;
    const command: RunCommand = { kind, value: number };
    actions.control(command);
    setDraft(undefined);
  };
  const answer = actions.answer?.action === kind ? actions.answer.result : undefined;
  return (
    <form className={styles['field']} onSubmit={submit}>
      <NumberInput
        label={label}
        value={draft ?? value ?? ''}
        onChange={setDraft}
        disabled={props.blocked !== undefined}
        allowDecimal={props.isWhole !== true}
        step={kind === 'stop-step' ? 10 : 0.1}
        {...(problem === undefined ? {} : { error: problem })}
        classNames={{
          root: styles['input'] ?? '',
          label: styles['label'] ?? '',
          wrapper: styles['wrapper'] ?? '',
          error: styles['error'] ?? '',
        }}
      />
      {isChanged && problem === undefined && (
        <Button type="submit" variant="light">
          {text.apply}
        </Button>
      )}
      {props.blocked !== undefined && <p className={styles['note']}>{props.blocked}</p>}
      {actions.busy === kind && <p className={styles['note']}>{text.askedFor}</p>}
      {answer !== undefined && (
        <p className={styles['note']} role="status">
          {answer.accepted
            ? answer.step === null
              ? answer.message
              : text.takesEffect(count(answer.step))
            : `${text.refused}: ${answer.message}`}
        </p>
      )}
    </form>
  );
}
