/** Search over every completion: words, right or wrong, finish, parts of the reward; hits open their group. */
import { Button, NumberInput, Popover, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { RolloutHit, RolloutQueryInput } from '../../../shared/model/rollout.ts';
import { Chip, RemovableChip } from '../../parts/chip.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { count, duration, quantity, signed } from '../../parts/format.ts';
import { ToolRow } from '../../parts/pane.tsx';
import { EmptyState, ErrorState } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/rollouts.ts';
import { useHits } from './queries.ts';
import styles from './search-panel.module.css';

export interface SearchPanelProps {
  readonly query: RolloutQueryInput;
  readonly terms: readonly string[];
  readonly onQuery: (query: RolloutQueryInput) => void;
  readonly onOpen: (hit: RolloutHit) => void;
  readonly onClose: () => void;
}

export function SearchPanel({ query, terms, onQuery, onOpen, onClose }: SearchPanelProps) {
  const hits = useHits(query, true);
  const [selected, setSelected] = useState<number | undefined>();
  const columns = useMemo<TableColumn<RolloutHit>[]>(
    () => [
      {
        id: 'step',
        title: text.step('').trim(),
        width: '56px',
        isNumber: true,
        cell: ({ step }) => count(step),
      },
      {
        id: 'prompt',
        title: text.prompt,
        width: '140px',
        cell: ({ prompt }) => <code>{prompt}</code>,
      },
      {
        id: 'text',
        title: text.title,
        width: 'minmax(240px, 3fr)',
        cell: ({ snippet }) => <Snippet snippet={snippet} />,
      },
      { id: 'answer', title: text.answer, width: '96px', cell: ({ extracted }) => extracted },
      {
        id: 'right',
        title: text.isRight,
        width: '64px',
        cell: ({ isRight }) => (isRight === null ? '' : isRight ? text.isRight : text.isWrong),
      },
      {
        id: 'reward',
        title: text.reward,
        width: '64px',
        isNumber: true,
        cell: ({ reward }) => quantity(reward),
      },
      {
        id: 'advantage',
        title: text.advantage,
        width: '72px',
        isNumber: true,
        cell: ({ advantage }) => (advantage === null ? '' : signed(advantage)),
      },
      {
        id: 'tokens',
        title: text.tokens,
        width: '48px',
        isNumber: true,
        cell: ({ tokens }) => count(tokens),
      },
    ],
    [],
  );
  const rows = hits.data?.hits ?? [];
  const rightValue = query.isRight === undefined ? 'any' : String(query.isRight);
  return (
    <>
      <ToolRow title={text.search} actions={<Button onClick={onClose}>{text.backToGroup}</Button>}>
        <SegmentedControl
          value={rightValue}
          onChange={(next) => {
            const { isRight: _, ...rest } = query;
            onQuery(next === 'any' ? rest : { ...rest, isRight: next === 'true' });
          }}
          data={[
            { value: 'any', label: text.any },
            { value: 'true', label: text.isRight },
            { value: 'false', label: text.isWrong },
          ]}
        />
        <Toggle
          label={text.truncated}
          isOn={query.finish === 'length'}
          onToggle={(isOn) => onQuery(without(query, 'finish', isOn ? 'length' : undefined))}
        />
        <Toggle
          label={text.confident}
          isOn={query.isConfident === true}
          onToggle={(isOn) => onQuery(without(query, 'isConfident', isOn || undefined))}
        />
        <Toggle
          label={text.copied}
          isOn={query.isCopied === true}
          onToggle={(isOn) => onQuery(without(query, 'isCopied', isOn || undefined))}
        />
        <TermFilter query={query} terms={terms} onQuery={onQuery} />
        <SaveSearch query={query} />
        {hits.data !== undefined && (
          <span role="status" className={styles['weak']}>
            {text.hits(count(hits.data.total), duration(hits.data.ms / 1000))}
          </span>
        )}
      </ToolRow>
      {hits.error !== null && <ErrorState error={hits.error} />}
      {hits.data !== undefined && rows.length === 0 ? (
        <EmptyState title={text.nothingFound}>{query.text}</EmptyState>
      ) : (
        <DataTable
          label={text.search}
          columns={columns}
          count={rows.length}
          rowAt={(index) => rows[index]}
          keyOf={(hit) => `${hit.run}/${hit.step}/${hit.prompt}/${hit.sample}`}
          selected={selected}
          onSelect={setSelected}
          onOpen={(index) => {
            const hit = rows[index];
            if (hit !== undefined) onOpen(hit);
          }}
        />
      )}
    </>
  );
}

/** A query with one field set, or taken out when undefined. */
function without<K extends keyof RolloutQueryInput>(
  query: RolloutQueryInput,
  key: K,
  value: RolloutQueryInput[K] | undefined,
): RolloutQueryInput {
  const rest = { ...query };
  delete rest[key];
  return value === undefined ? rest : { ...rest, [key]: value };
}

function Toggle(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: (isOn: boolean) => void;
}) {
  if (props.isOn) {
    return (
      <RemovableChip removeLabel={props.label} onRemove={() => props.onToggle(false)}>
        {props.label}
      </RemovableChip>
    );
  }
  return (
    <Button variant="subtle" onClick={() => props.onToggle(true)}>
      + {props.label}
    </Button>
  );
}

function TermFilter({
  query,
  terms,
  onQuery,
}: Pick<SearchPanelProps, 'query' | 'terms' | 'onQuery'>) {
  const [term, setTerm] = useState<string | null>(null);
  const chosen = query.terms ?? [];
  const chosenTerm = term ?? terms[0] ?? null;
  return (
    <>
      {chosen.map((range) => (
        <RemovableChip
          key={range.term}
          removeLabel={range.term}
          onRemove={() => onQuery({ ...query, terms: chosen.filter((other) => other !== range) })}
        >
          {text.termAtLeast(range.term)} {quantity(range.min ?? null)}
        </RemovableChip>
      ))}
      {terms.length > 0 && (
        <Popover position="bottom-start" trapFocus>
          <Popover.Target>
            <Button variant="subtle">+ {text.reward}</Button>
          </Popover.Target>
          <Popover.Dropdown>
            <Select
              label={text.reward}
              value={chosenTerm}
              data={[...terms]}
              onChange={setTerm}
              comboboxProps={{ withinPortal: false }}
            />
            <NumberInput
              label={text.termAtLeast('')}
              onBlur={(event) => {
                const min = Number(event.currentTarget.value);
                if (chosenTerm !== null && event.currentTarget.value !== '') {
                  onQuery({
                    ...query,
                    terms: [
                      ...chosen.filter((other) => other.term !== chosenTerm),
                      { term: chosenTerm, min, max: null },
                    ],
                  });
                }
              }}
            />
          </Popover.Dropdown>
        </Popover>
      )}
    </>
  );
}

function SaveSearch({ query }: { readonly query: RolloutQueryInput }) {
  const trpc = useTRPC();
  const [name, setName] = useState('');
  const save = useMutation(trpc.rollouts.saveBugView.mutationOptions());
  return (
    <Popover position="bottom-start" trapFocus>
      <Popover.Target>
        <Button variant="subtle">{text.saveSearch}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ name, query });
          }}
        >
          <TextInput
            label={text.searchName}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </form>
        {save.isSuccess && <Chip tone="ok">{name}</Chip>}
        {save.error !== null && <ErrorState error={save.error} />}
      </Popover.Dropdown>
    </Popover>
  );
}

/** Hits lie between two control characters; they become marks, never HTML. */
function Snippet({ snippet }: { readonly snippet: string }) {
  return snippet.split('\u0002').map((piece, index) => {
    if (index === 0) return <span key={index}>{piece}</span>;
    const [hit, rest] = piece.split('\u0003');
    return (
      <span key={index}>
        <mark>{hit}</mark>
        {rest}
      </span>
    );
  });
}
