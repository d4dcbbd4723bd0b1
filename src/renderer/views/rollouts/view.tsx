/**
 * The rollout board: groups of a step on the left, the prompt pinned beside them, completions side by
 * side, tokens below. One prompt is followed through training with the slider; keys walk over everything.
 */
import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { GroupDetail, RolloutQueryInput, SendTarget } from '../../../shared/model/rollout.ts';
import { type Command, useCommands } from '../../commands/registry.ts';
import { count } from '../../parts/format.ts';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { EmptyState, ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useGo } from '../../shell/location.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/rollouts.ts';
import { AlignedTable } from './aligned-table.tsx';
import { type BoardState, useBoardState } from './board-state.ts';
import { CompletionCards } from './completion-cards.tsx';
import { GroupList } from './group-list.tsx';
import { PromptPane, SEND_KEYS } from './prompt-pane.tsx';
import { useBugViews, useGroup, useGroups, useSteps, useThrough, useWatched } from './queries.ts';
import { RewardLegend } from './reward-bar.tsx';
import { SearchPanel } from './search-panel.tsx';
import { StepSlider } from './step-slider.tsx';
import { TokenPanel } from './token-panel.tsx';
import styles from './view.module.css';

export function View() {
  const state = useBoardState();
  const trpc = useTRPC();
  const go = useGo();
  const runs = useQuery(trpc.runs.list.queryOptions());
  const { run } = state;
  const newest = runs.data?.find(({ shape }) => shape === 'online-rl')?.id;
  useEffect(() => {
    if (run === '' && newest !== undefined) go(`/rollouts/${newest}`, { replace: true });
  }, [run, newest, go]);
  if (runs.error !== null) return <ErrorState error={runs.error} />;
  if (run === '' && runs.data !== undefined && newest === undefined) {
    return (
      <EmptyState
        title={text.noRunTitle}
        actions={
          <>
            <Button variant="filled" onClick={() => go('/runs/new')}>
              {text.newRun}
            </Button>
            <Button onClick={() => go('/runs')}>{text.run}</Button>
          </>
        }
      >
        {text.noRun}
      </EmptyState>
    );
  }
  if (run === '') return <LoadingRows label={text.title} rows={12} />;
  return (
    <Board key={run} state={state} name={runs.data?.find(({ id }) => id === run)?.name ?? run} />
  );
}

function Board({ state, name }: { readonly state: BoardState; readonly name: string }) {
  const { run, filter, change } = state;
  const steps = useSteps(run);
  const lastStep = steps.data?.at(-1)?.step;
  const step = state.step ?? lastStep;
  const groups = useGroups(run, step, filter);
  // A group whose rewards differ is worth reading first.
  const prompt =
    state.prompt ?? (groups.data?.find(({ isSilent }) => !isSilent) ?? groups.data?.[0])?.prompt;
  const shown = useMemo(() => ({ ...state, step, prompt }), [state, step, prompt]);
  const group = useGroup(run, step, prompt);
  const through = useThrough(run, prompt).data ?? [];
  const [query, setQuery] = useState<RolloutQueryInput | undefined>();
  const bugViews = useBugViews(run).data ?? [];
  useBreadcrumb([
    { title: name, path: `/runs/${run}` },
    ...(step === undefined ? [] : [{ title: text.step(count(step)) }]),
  ]);
  const onStep = (next: number) => {
    // The same row has another id in another step (its draw): follow the row, not the draw.
    const point = through.find((candidate) => candidate.step === next);
    change({ step: next, prompt: point?.prompt, sample: undefined });
  };
  return (
    <Panes
      id="rollouts"
      list={
        <GroupList
          state={shown}
          search={query?.text ?? ''}
          onSearch={(words) =>
            setQuery(
              words === '' && query?.text !== undefined
                ? undefined
                : { ...query, run, text: words },
            )
          }
          onBugView={(id) => {
            const view = bugViews.find((candidate) => candidate.id === id);
            if (view !== undefined) setQuery({ ...view.query, run });
          }}
        />
      }
    >
      {steps.error !== null && <ErrorState error={steps.error} />}
      {query !== undefined ? (
        <SearchPanel
          query={query}
          terms={group.data?.terms ?? []}
          onQuery={setQuery}
          onClose={() => setQuery(undefined)}
          onOpen={(hit) => {
            setQuery(undefined);
            change({ step: hit.step, prompt: hit.prompt, sample: hit.sample });
          }}
        />
      ) : (
        <div className={styles['board']}>
          {group.error !== null && <ErrorState error={group.error} />}
          {group.data === undefined && group.error === null && (
            <EmptyState title={text.noGroupTitle}>
              {steps.data?.length === 0 ? text.noRun : text.noGroup}
            </EmptyState>
          )}
          {group.data !== undefined && (
            <GroupBoard
              state={shown}
              group={group.data}
              slider={
                <StepSlider
                  steps={steps.data ?? []}
                  points={through}
                  step={step ?? 0}
                  onStep={onStep}
                />
              }
              walk={{
                groups: groups.data?.map((candidate) => candidate.prompt) ?? [],
                steps: (through.length > 1 ? through : (steps.data ?? [])).map(
                  (candidate) => candidate.step,
                ),
                onStep,
              }}
            />
          )}
        </div>
      )}
    </Panes>
  );
}

interface Walk {
  readonly groups: readonly string[];
  readonly steps: readonly number[];
  readonly onStep: (step: number) => void;
}

interface GroupBoardProps {
  readonly state: BoardState;
  readonly group: GroupDetail;
  readonly slider: React.ReactNode;
  readonly walk: Walk;
}

function GroupBoard({ state, group, slider, walk }: GroupBoardProps) {
  const { layout, folded, change } = state;
  const sample = state.sample ?? group.completions.at(-1)?.sample;
  const trpc = useTRPC();
  const watched = useWatched(group.run).data ?? [];
  const isWatched = watched.some(({ row }) => row === group.row);
  const watch = useMutation(trpc.rollouts.watch.mutationOptions());
  const unwatch = useMutation(trpc.rollouts.unwatch.mutationOptions());
  const send = useMutation(
    trpc.rollouts.send.mutationOptions({ onSuccess: ({ to }) => say(text.sent[to]) }),
  );
  const sendTo = (to: SendTarget) => {
    if (sample === undefined) return;
    send.mutate({ to, run: group.run, step: group.step, prompt: group.prompt, sample });
  };
  const pin = () => {
    const { run, prompt } = group;
    (isWatched ? unwatch : watch).mutate({ run, prompt });
  };
  useBoardCommands({ state: { ...state, sample }, group, walk, sendTo, pin });
  const list = {
    group,
    sample,
    isFolded: folded,
    onSample: (next: number) => change({ sample: next }),
  };
  return (
    <>
      <PromptPane
        group={group}
        sample={sample}
        isWatched={isWatched}
        onWatch={pin}
        onSend={sendTo}
      />
      <div className={styles['main']}>
        <ToolRow
          title={text.groupOf(group.size)}
          hint={text.step(count(group.step))}
          actions={
            <>
              <Button
                variant={folded ? 'light' : 'default'}
                aria-pressed={folded}
                onClick={() => change({ folded: !folded })}
              >
                {text.fold}
              </Button>
              <SegmentedControl
                value={layout}
                onChange={(next) => change({ layout: next === 'cards' ? 'cards' : 'aligned' })}
                data={[
                  { value: 'aligned', label: text.aligned },
                  { value: 'cards', label: text.cards },
                ]}
              />
            </>
          }
        >
          <RewardLegend group={group} />
        </ToolRow>
        {slider}
        {send.error !== null && <ErrorState error={send.error} />}
        {layout === 'aligned' ? <AlignedTable {...list} /> : <CompletionCards {...list} />}
        <TokenPanel group={group} state={{ ...state, sample }} />
      </div>
    </>
  );
}

interface BoardCommandInput {
  readonly state: BoardState;
  readonly group: GroupDetail;
  readonly walk: Walk;
  readonly sendTo: (to: SendTarget) => void;
  readonly pin: () => void;
}

function useBoardCommands(input: BoardCommandInput): void {
  const { state, group, walk, sendTo, pin } = input;
  const commands = ((): Command[] => {
    const samples = group.completions.map(({ sample }) => sample);
    const by =
      <T,>(list: readonly T[], current: T | undefined, change: (next: T) => void, move: number) =>
      () => {
        const at = current === undefined ? -1 : list.indexOf(current);
        const next = list[Math.max(0, Math.min(list.length - 1, at + move))];
        if (next !== undefined) change(next);
      };
    const toSample = (sample: number) => state.change({ sample });
    const toGroup = (prompt: string) => state.change({ prompt, sample: undefined });
    const quiet = { group: text.title, isQuiet: true };
    return [
      {
        ...quiet,
        id: 'rollouts.next-sample',
        title: text.nextSample,
        keys: ['N', 'ArrowDown'],
        run: by(samples, state.sample, toSample, 1),
      },
      {
        ...quiet,
        id: 'rollouts.previous-sample',
        title: text.previousSample,
        keys: ['P', 'ArrowUp'],
        run: by(samples, state.sample, toSample, -1),
      },
      {
        ...quiet,
        id: 'rollouts.next-step',
        title: text.nextStep,
        keys: ['Shift+N'],
        run: by(walk.steps, group.step, walk.onStep, 1),
      },
      {
        ...quiet,
        id: 'rollouts.previous-step',
        title: text.previousStep,
        keys: ['Shift+P'],
        run: by(walk.steps, group.step, walk.onStep, -1),
      },
      {
        ...quiet,
        id: 'rollouts.next-group',
        title: text.nextGroup,
        keys: ['J', 'F'],
        run: by(walk.groups, group.prompt, toGroup, 1),
      },
      {
        ...quiet,
        id: 'rollouts.previous-group',
        title: text.previousGroup,
        keys: ['K', 'D'],
        run: by(walk.groups, group.prompt, toGroup, -1),
      },
      {
        id: 'rollouts.fold',
        title: text.fold,
        group: text.title,
        keys: ['Shift+F'],
        run: () => state.change({ folded: !state.folded }),
      },
      { id: 'rollouts.pin', title: text.pin, group: text.title, keys: ['W'], run: pin },
      {
        id: 'rollouts.search',
        title: text.search,
        group: text.title,
        keys: ['Mod+Shift+F', '/'],
        run: () => document.querySelector<HTMLInputElement>('#search-rollouts')?.focus(),
      },
      ...(['annotator', 'pair', 'golden', 'eval'] as const).map((to) => ({
        id: `rollouts.send-${to}`,
        title: `${text.sendTo((state.sample ?? 0) + 1)} ${text.send[to]}`,
        group: text.title,
        keys: [SEND_KEYS[to]],
        run: () => sendTo(to),
      })),
    ];
  })();
  useCommands(commands);
}
