/** Retention: the rule, what it would keep and drop right now, and the button that does exactly that. */
import { Button, Checkbox, Modal, NumberInput, SegmentedControl, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ModelNode, RetentionPolicy } from '../../../shared/model/model.ts';
import { bytes, plural } from '../../parts/format.ts';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { offerUndo } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/models.ts';
import styles from './dialog.module.css';
import { RetentionTable } from './retention-table.tsx';

export interface RetentionDialogProps {
  /** One run, or all of them. */
  readonly run: string | undefined;
  readonly nodes: readonly ModelNode[];
  readonly onClose: () => void;
}

export function RetentionDialog(props: RetentionDialogProps) {
  const { run, nodes, onClose } = props;
  const trpc = useTRPC();
  const scope = run === undefined ? {} : { run };
  const current = useQuery(trpc.models.retention.queryOptions(scope));
  const name = nodes.find((node) => node.run === run)?.runName ?? run;
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        name === undefined
          ? text.retentionTitle
          : `${text.retentionTitle} ${text.retentionOf(name)}`
      }
      size={760}
    >
      {current.error !== null && <ErrorState error={current.error} />}
      {current.data === undefined ? (
        <LoadingRows label={text.retention} rows={6} />
      ) : (
        <Rule {...props} scope={scope} saved={current.data} />
      )}
    </Modal>
  );
}

interface RuleProps extends RetentionDialogProps {
  readonly scope: { readonly run?: string };
  readonly saved: RetentionPolicy;
}

function Rule({ nodes, scope, saved, onClose }: RuleProps) {
  const trpc = useTRPC();
  const [policy, setPolicy] = useState(saved);
  const preview = useQuery(
    trpc.models.retentionPreview.queryOptions(
      { ...scope, policy },
      { placeholderData: (previous) => previous },
    ),
  );
  const save = useMutation(trpc.models.setRetention.mutationOptions());
  const apply = useMutation(
    trpc.models.applyRetention.mutationOptions({
      onSuccess: ({ removed, freedBytes }) => {
        offerUndo(text.applied(plural(removed, 'checkpoint'), bytes(freedBytes)));
        onClose();
      },
    }),
  );
  const drops = preview.data?.runs.reduce((sum, { drop }) => sum + drop.length, 0) ?? 0;
  return (
    <div className={styles['dialog']}>
      <PolicyFields policy={policy} nodes={nodes} onChange={setPolicy} />
      <p className={styles['weak']}>{text.alwaysKept}</p>
      {preview.error !== null && <ErrorState error={preview.error} />}
      {preview.data === undefined ? (
        <LoadingRows label={text.retention} rows={4} />
      ) : (
        <RetentionTable preview={preview.data} />
      )}
      {apply.error !== null && <ErrorState error={apply.error} />}
      <div className={styles['actions']}>
        {drops === 0 && <span className={styles['weak']}>{text.nothingToDrop}</span>}
        <Button
          disabled={JSON.stringify(policy) === JSON.stringify(saved)}
          onClick={() => save.mutate({ ...scope, policy })}
        >
          {text.savePolicy}
        </Button>
        <Button
          variant="filled"
          // The numbers on the button are those of the rule, or it cannot be pressed.
          disabled={drops === 0 || preview.isPlaceholderData}
          loading={apply.isPending}
          onClick={() =>
            save.mutate({ ...scope, policy }, { onSuccess: () => apply.mutate(scope) })
          }
        >
          {text.apply(plural(drops, 'checkpoint'), bytes(preview.data?.freedBytes ?? 0))}
        </Button>
      </div>
    </div>
  );
}

function PolicyFields(props: {
  readonly policy: RetentionPolicy;
  readonly nodes: readonly ModelNode[];
  readonly onChange: (policy: RetentionPolicy) => void;
}) {
  const { policy, nodes, onChange } = props;
  const { best } = policy;
  const metrics = [
    ...new Set([
      'evaluation/accuracy',
      'reward/mean',
      ...nodes.flatMap(({ scores }) => Object.keys(scores)),
    ]),
  ];
  const first = { metric: 'evaluation/accuracy', direction: 'higher', count: 1 } as const;
  return (
    <div className={styles['rule']}>
      <Checkbox
        label={text.keepBest}
        checked={best !== null}
        onChange={(event) =>
          onChange({ ...policy, best: event.currentTarget.checked ? first : null })
        }
      />
      <div className={styles['inline']}>
        <Select
          className={styles['metric'] ?? ''}
          aria-label={text.bestMetric}
          searchable
          data={metrics}
          value={best?.metric ?? null}
          disabled={best === null}
          onChange={(metric) =>
            best !== null && metric !== null && onChange({ ...policy, best: { ...best, metric } })
          }
        />
        <SegmentedControl
          aria-label={text.direction}
          value={best?.direction ?? 'higher'}
          disabled={best === null}
          onChange={(value) =>
            best !== null &&
            onChange({
              ...policy,
              best: { ...best, direction: value === 'lower' ? 'lower' : 'higher' },
            })
          }
          data={[
            { value: 'higher', label: text.higher },
            { value: 'lower', label: text.lower },
          ]}
        />
        <NumberInput
          className={styles['small'] ?? ''}
          aria-label={text.howMany}
          min={1}
          max={1000}
          allowDecimal={false}
          value={best?.count ?? 1}
          disabled={best === null}
          onChange={(count) =>
            best !== null &&
            typeof count === 'number' &&
            count >= 1 &&
            onChange({ ...policy, best: { ...best, count } })
          }
        />
      </div>
      <span>{text.keepLast}</span>
      <NumberInput
        className={styles['small'] ?? ''}
        aria-label={text.keepLast}
        min={1}
        max={10_000}
        allowDecimal={false}
        value={policy.last}
        onChange={(last) => typeof last === 'number' && last >= 1 && onChange({ ...policy, last })}
      />
      <span />
      <Checkbox
        label={text.keepNamed}
        checked={policy.keepNamed}
        onChange={(event) => onChange({ ...policy, keepNamed: event.currentTarget.checked })}
      />
    </div>
  );
}
