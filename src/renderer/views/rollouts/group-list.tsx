/** The list pane: search, pinned prompts, groups of the step, bug views. */
import { Select, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type GroupSummary, groupFilter } from '../../../shared/model/rollout.ts';
import { count, quantity } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneHead } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/rollouts.ts';
import type { BoardState } from './board-state.ts';
import styles from './group-list.module.css';
import { useBugViews, useGroups, useWatched } from './queries.ts';
import { RightCells } from './right-cells.tsx';

export interface GroupListProps {
  readonly state: BoardState;
  readonly search: string;
  readonly onSearch: (search: string) => void;
  readonly onBugView: (id: string) => void;
}

export function GroupList({ state, search, onSearch, onBugView }: GroupListProps) {
  const { run, step, prompt, filter, change } = state;
  const groups = useGroups(run, step, filter).data ?? [];
  const watched = useWatched(run).data ?? [];
  const bugViews = useBugViews(run).data ?? [];
  return (
    <>
      <PaneHead title={step === undefined ? text.title : text.groupsOf(count(step))} />
      <div className={styles['tools']}>
        <RunSelect run={run} />
        <TextInput
          id="search-rollouts"
          aria-label={text.search}
          placeholder={text.search}
          leftSection={<Icon name="search" size={14} />}
          value={search}
          onChange={(event) => onSearch(event.currentTarget.value)}
        />
      </div>
      <PaneBody>
        {watched.length > 0 && (
          <ListGroup title={text.watchList} hint={text.pinned}>
            {watched.map(({ row, last }) =>
              last === null ? null : (
                <GroupRow
                  key={row}
                  group={last}
                  isCurrent={last.prompt === prompt && last.step === step}
                  onChoose={() =>
                    change({ step: last.step, prompt: last.prompt, sample: undefined })
                  }
                />
              ),
            )}
          </ListGroup>
        )}
        <ListGroup
          title={text.thisStep}
          hint={
            <Select
              aria-label={text.thisStep}
              size="xs"
              w={104}
              value={filter}
              data={groupFilter.options.map((value) => ({ value, label: text.filter[value] }))}
              onChange={(next) => {
                const known = groupFilter.options.find((value) => value === next);
                if (known !== undefined) change({ filter: known });
              }}
            />
          }
        >
          {groups.map((group) => (
            <GroupRow
              key={group.prompt}
              group={group}
              isCurrent={group.prompt === prompt}
              onChoose={() => change({ prompt: group.prompt, sample: undefined })}
            />
          ))}
        </ListGroup>
        <ListGroup title={text.bugViews} hint={text.savedQueries}>
          {bugViews.map((view) => (
            <li key={view.id}>
              <UnstyledButton className={styles['bug']} onClick={() => onBugView(view.id)}>
                <Icon name="filter" />
                <span className={styles['name']}>{view.name}</span>
                <span className={styles['weak']}>{count(view.count)}</span>
              </UnstyledButton>
            </li>
          ))}
        </ListGroup>
      </PaneBody>
    </>
  );
}

function RunSelect({ run }: { readonly run: string }) {
  const trpc = useTRPC();
  const go = useGo();
  const runs = useQuery(trpc.runs.list.queryOptions()).data ?? [];
  return (
    <Select
      aria-label={text.run}
      value={run}
      data={runs.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(next) => next !== null && go(`/rollouts/${next}`)}
    />
  );
}

function ListGroup(props: {
  readonly title: string;
  readonly hint: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <div className={styles['head']}>
        <h3>{props.title}</h3>
        <span className={styles['weak']}>{props.hint}</span>
      </div>
      <ul>{props.children}</ul>
    </section>
  );
}

interface GroupRowProps {
  readonly group: GroupSummary;
  readonly isCurrent: boolean;
  readonly onChoose: () => void;
}

function GroupRow({ group, isCurrent, onChoose }: GroupRowProps) {
  return (
    <li>
      <UnstyledButton className={styles['row']} aria-current={isCurrent} onClick={onChoose}>
        <span className={styles['name']}>{group.question === '' ? group.row : group.question}</span>
        <span className={styles['second']}>
          <RightCells right={group.right} size={group.size} />
          <span className={styles['weak']}>
            {group.isSilent ? text.noVariance : text.std(quantity(group.rewardStd))}
          </span>
        </span>
      </UnstyledButton>
    </li>
  );
}
