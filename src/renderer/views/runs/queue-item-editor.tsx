/** When a queued job starts and on which condition: an item comes in, changes of it go to main. */
import { Button, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { QueueItem } from '../../../shared/model/run-queue.ts';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/runs.ts';
import { type GateDraft, GateFields, gateOf } from './gate-fields.tsx';
import styles from './queue-item-editor.module.css';

export function QueueItemEditor(props: {
  readonly item: QueueItem;
  readonly items: readonly QueueItem[];
  readonly onClose: () => void;
}) {
  const { item, items, onClose } = props;
  const trpc = useTRPC();
  const [name, setName] = useState(item.name);
  const [startsAt, setStartsAt] = useState(item.startsAt === null ? '' : localTime(item.startsAt));
  const [after, setAfter] = useState(item.after ?? '');
  const [onError, setOnError] = useState(item.onError);
  const [gate, setGate] = useState<GateDraft>({
    metric: item.gate?.metric ?? '',
    op: item.gate?.op ?? '>=',
    value: item.gate?.value ?? '',
  });
  const [steps, setSteps] = useState<number | string>(
    item.plan.kind === 'train' ? (item.plan.steps ?? '') : '',
  );
  const save = useMutation(trpc.runs.updateQueued.mutationOptions({ onSuccess: onClose }));
  const submit = () =>
    save.mutate({
      id: item.id,
      name,
      startsAt: startsAt === '' ? null : new Date(startsAt).getTime(),
      after: after === '' ? null : after,
      onError,
      gate: gateOf(gate),
      ...(item.plan.kind === 'train' && typeof steps === 'number' && steps !== item.plan.steps
        ? { plan: { ...item.plan, steps } }
        : {}),
    });
  return (
    <Modal opened onClose={onClose} title={text.editQueued(item.name)} size={440}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextInput
          label={text.chainName}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        {item.plan.kind === 'train' && (
          <NumberInput
            label={text.chainSteps}
            value={steps}
            onChange={setSteps}
            min={1}
            allowDecimal={false}
          />
        )}
        <TextInput
          type="datetime-local"
          label={text.startsAt}
          description={text.startsAtHint}
          value={startsAt}
          onChange={(event) => setStartsAt(event.currentTarget.value)}
        />
        <Select
          label={text.afterTitle}
          value={after}
          onChange={(next) => setAfter(next ?? '')}
          data={[
            { value: '', label: text.nobody },
            ...items
              .filter(({ id }) => id !== item.id)
              .map(({ id, name: other }) => ({ value: id, label: other })),
          ]}
        />
        <GateFields value={gate} onChange={setGate} />
        <Select
          label={text.queueHead.onError}
          value={onError}
          onChange={(next) => setOnError(next === 'continue' ? 'continue' : 'stop')}
          data={Object.entries(text.onError).map(([value, label]) => ({ value, label }))}
        />
        {save.error !== null && <ErrorState error={save.error} />}
        <div className={styles['foot']}>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button type="submit" variant="filled" loading={save.isPending}>
            {text.save}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** What an input of type datetime-local holds: local time without a zone. */
function localTime(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}
