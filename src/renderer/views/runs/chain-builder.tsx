/**
 * A chain of jobs for the queue: each starts when the one before it has ended, with the model that one
 * made, and only if that came far enough. Jobs come from recipes or are evaluations.
 */
import { ActionIcon, Button, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { EnqueueRequest } from '../../../shared/model/run-queue.ts';
import { Icon } from '../../parts/icon.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/runs.ts';
import styles from './chain-builder.module.css';
import { type GateDraft, GateFields, gateOf, NO_GATE } from './gate-fields.tsx';

interface Link {
  readonly key: number;
  readonly kind: 'train' | 'eval';
  readonly name: string;
  readonly recipe: string;
  /** Steps of training, samples per task of an evaluation; '' = as the recipe says. */
  readonly amount: number | string;
  readonly isFromPrevious: boolean;
  readonly gate: GateDraft;
}

const START: readonly Link[] = [
  link({ key: 1, name: 'cold start', recipe: 'starter-sft' }),
  link({ key: 2, name: 'grpo', recipe: 'starter-grpo', isFromPrevious: true }),
  link({ key: 3, kind: 'eval', name: 'evaluation', amount: 100, isFromPrevious: true }),
];

function link(part: Partial<Link> & { readonly key: number }): Link {
  return {
    kind: 'train',
    name: '',
    recipe: 'starter-grpo',
    amount: '',
    isFromPrevious: false,
    gate: NO_GATE,
    ...part,
  };
}

export function ChainBuilder({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC();
  const [links, setLinks] = useState(START);
  const recipes = useQuery(trpc.recipes.list.queryOptions()).data ?? [];
  const enqueue = useMutation(trpc.runs.enqueue.mutationOptions({ onSuccess: onClose }));
  const change = (key: number, part: Partial<Link>) =>
    setLinks((before) => before.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const add = (part: Partial<Link>) =>
    setLinks((before) => [
      ...before,
      link({
        ...part,
        key: Math.max(0, ...before.map(({ key }) => key)) + 1,
        isFromPrevious: before.length > 0,
      }),
    ]);
  const blocked =
    links.length === 0
      ? text.chainNeedsJobs
      : links.some(({ name }) => name.trim() === '')
        ? text.chainNeedsName
        : undefined;
  return (
    <Modal opened onClose={onClose} title={text.chainTitle} size={760}>
      <p className={styles['text']}>{text.chainText}</p>
      <ol className={styles['links']}>
        {links.map((one, index) => (
          <li key={one.key}>
            <LinkFields
              link={one}
              isFirst={index === 0}
              recipes={recipes.map(({ id }) => id)}
              onChange={(part) => change(one.key, part)}
              onRemove={() => setLinks(links.filter(({ key }) => key !== one.key))}
            />
          </li>
        ))}
      </ol>
      {enqueue.error !== null && <ErrorState error={enqueue.error} />}
      <div className={styles['foot']}>
        <Button variant="subtle" leftSection={<Icon name="plus" />} onClick={() => add({})}>
          {text.chainAdd}
        </Button>
        <Button
          variant="subtle"
          leftSection={<Icon name="plus" />}
          onClick={() => add({ kind: 'eval', name: 'evaluation', amount: 100 })}
        >
          {text.chainAddEval}
        </Button>
        <span className={styles['why']}>{blocked}</span>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button
          variant="filled"
          disabled={blocked !== undefined}
          loading={enqueue.isPending}
          onClick={() => enqueue.mutate(requestOf(links))}
        >
          {text.chainSubmit}
        </Button>
      </div>
    </Modal>
  );
}

function LinkFields(props: {
  readonly link: Link;
  readonly isFirst: boolean;
  readonly recipes: readonly string[];
  readonly onChange: (part: Partial<Link>) => void;
  readonly onRemove: () => void;
}) {
  const { link: one, isFirst, onChange } = props;
  return (
    <div className={styles['link']}>
      <div className={styles['row']}>
        <TextInput
          label={text.chainName}
          value={one.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
        {one.kind === 'train' ? (
          <Select
            label={text.chainRecipe}
            searchable
            data={[...props.recipes]}
            value={one.recipe}
            onChange={(recipe) => recipe !== null && onChange({ recipe })}
          />
        ) : (
          <TextInput label={text.queueHead.kind} value={text.evaluate} readOnly />
        )}
        <NumberInput
          label={one.kind === 'train' ? text.chainSteps : text.chainItems}
          min={1}
          allowDecimal={false}
          value={one.amount}
          onChange={(amount) => onChange({ amount })}
        />
        <Select
          label={text.head.model}
          disabled={isFirst}
          value={!isFirst && one.isFromPrevious ? 'previous' : 'starter'}
          data={[
            { value: 'previous', label: text.chainFromPrevious },
            { value: 'starter', label: text.chainFromStarter },
          ]}
          onChange={(from) => onChange({ isFromPrevious: from === 'previous' })}
        />
        <ActionIcon aria-label={`${text.chainRemove} ${one.name}`} onClick={props.onRemove}>
          <Icon name="close" size={12} />
        </ActionIcon>
      </div>
      {!isFirst && <GateFields value={one.gate} onChange={(gate) => onChange({ gate })} />}
    </div>
  );
}

function requestOf(links: readonly Link[]): EnqueueRequest {
  return {
    isFirst: false,
    entries: links.map((one, index) => {
      const isFromPrevious = index > 0 && one.isFromPrevious;
      const model = isFromPrevious ? { model: { fromPrevious: true as const } } : {};
      return {
        name: one.name.trim(),
        startsAt: null,
        gate: index === 0 ? null : gateOf(one.gate),
        onError: 'stop' as const,
        expected: null,
        plan:
          one.kind === 'train'
            ? {
                kind: 'train' as const,
                recipe: one.recipe,
                set: {},
                device: 'auto' as const,
                ...model,
                ...(typeof one.amount === 'number' ? { steps: one.amount } : {}),
              }
            : {
                kind: 'eval' as const,
                tasks: [],
                split: 'test',
                n: typeof one.amount === 'number' ? one.amount : 100,
                think: true,
                temperature: 0,
                maxTokens: 128,
                seed: 1,
                device: 'auto' as const,
                ...model,
              },
      };
    }),
  };
}
