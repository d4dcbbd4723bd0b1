/** A new run: slots, a form derived from the recipe's schema, its YAML beside it, a dry run, the queue. */
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useMemo, useRef, useState } from 'react';
import type { PlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeProblem } from '../../../shared/model/recipe.ts';
import { useCommands } from '../../commands/registry.ts';
import { bytes, count } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ToolRow } from '../../parts/pane.tsx';
import { Panes } from '../../parts/panes.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { StatusKeys } from '../../parts/status-keys.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { useBreadcrumb } from '../../shell/breadcrumb.tsx';
import { useSearchValues } from '../../shell/location.ts';
import { useStatus } from '../../shell/status-store.tsx';
import { text } from '../../strings/new-run.ts';
import { DryRunBar } from './dry-run-bar.tsx';
import { ImportYaml } from './import-yaml.tsx';
import { planOf } from './plan.ts';
import { SettingsForm } from './settings-form.tsx';
import { SlotList } from './slot-list.tsx';
import { changedPaths } from './slots.ts';
import { SubmitBar } from './submit-bar.tsx';
import { type Draft, type DraftState, useDraft } from './use-draft.ts';
import { type DryRunState, useDryRun } from './use-dry-run.ts';
import { useStart } from './use-start.ts';
import { type SubmitState, useSubmit } from './use-submit.ts';
import styles from './view.module.css';
import { YamlPane } from './yaml-pane.tsx';

const CHECK_DELAY_MS = 250;

export function View() {
  const [search] = useSearchValues();
  const start = useStart(search);
  useBreadcrumb([{ title: text.title }]);
  if (start.error !== null) return <ErrorState error={start.error} />;
  if (start.isPending) return <LoadingRows label={text.title} />;
  return <NewRun key={JSON.stringify(search)} start={start.draft} />;
}

function NewRun({ start }: { readonly start: Partial<Draft> | null }) {
  const state = useDraft(start);
  const { draft, schema } = state;
  const check = useCheck(draft);
  const problems = check.problems;
  const name = useProposedName(draft);
  const plan = useMemo(() => planOf(draft), [draft]);
  const dryRun = useDryRun(plan, state.edits);
  const expected =
    dryRun.report === null || dryRun.editsSince > 0
      ? null
      : {
          seconds: dryRun.report.seconds,
          bytes: dryRun.report.diskBytes,
          peakBytes: dryRun.report.peakBytes,
        };
  const submit = useSubmit(name, plan, expected);
  const blocked = useBlocked(state, problems, dryRun, name);
  const [focused, setFocused] = useState<string>();
  const [isAll, setAll] = useState(false);
  const [find, setFind] = useState('');
  const findBox = useRef<HTMLInputElement>(null);
  const differences = changedPaths(draft.changes).length + (draft.data === null ? 0 : 1);
  useNewRunCommands({ dryRun, submit, blocked, findBox });
  const note = useNote(dryRun);
  return (
    <Panes
      id="new-run"
      inspectorWidth={404}
      labels={{ list: text.slotsLabel, inspector: text.yamlLabel }}
      list={
        <SlotList
          state={state}
          problems={problems}
          differences={differences}
          current={focused?.split('.')[0]}
          onChoose={(group) => {
            setFind('');
            setFocused(group);
            document.getElementById(`slot-${group}`)?.scrollIntoView({ block: 'start' });
          }}
        />
      }
      inspector={<YamlPane state={state} problems={problems} focused={focused} />}
    >
      <StatusKeys hints={text.keyHints} />
      <Tools
        state={state}
        name={name}
        isAll={isAll}
        onAll={setAll}
        find={find}
        onFind={setFind}
        findBox={findBox}
      />
      {schema === undefined && (
        <div className={styles['loading']}>
          {state.schemaError === null ? (
            <LoadingRows label={text.formLabel} />
          ) : (
            <ErrorState error={state.schemaError} />
          )}
        </div>
      )}
      {schema !== undefined && (
        <SettingsForm
          schema={schema}
          state={state}
          resolved={check.resolved}
          problems={problems}
          isAll={isAll}
          find={find}
          focused={focused}
          onFocus={setFocused}
        />
      )}
      <DryRunBar dryRun={dryRun} />
      <SubmitBar
        dryRun={dryRun}
        submit={submit}
        blocked={blocked}
        isChecking={check.isChecking}
        note={note}
      />
    </Panes>
  );
}

function Tools(props: {
  readonly state: DraftState;
  readonly name: string;
  readonly isAll: boolean;
  readonly onAll: (isAll: boolean) => void;
  readonly find: string;
  readonly onFind: (words: string) => void;
  readonly findBox: React.RefObject<HTMLInputElement | null>;
}) {
  const { state } = props;
  const { draft } = state;
  const [isImporting, setImporting] = useState(false);
  return (
    <ToolRow
      hint={text.fromRecipe(draft.recipe)}
      title={
        <TextInput
          className={styles['name'] ?? ''}
          aria-label={text.name}
          value={draft.name === '' ? props.name : draft.name}
          onChange={(event) => state.setName(event.currentTarget.value)}
        />
      }
      actions={
        <>
          <SegmentedControl
            aria-label={text.extent}
            value={props.isAll ? 'all' : 'basic'}
            data={[
              { value: 'basic', label: text.basic },
              { value: 'all', label: text.all },
            ]}
            onChange={(next) => props.onAll(next === 'all')}
          />
          <TextInput
            ref={props.findBox}
            className={styles['find'] ?? ''}
            aria-label={text.find}
            placeholder={text.find}
            leftSection={<Icon name="search" />}
            value={props.find}
            onChange={(event) => props.onFind(event.currentTarget.value)}
          />
          <Button onClick={() => setImporting(true)}>{text.importYaml}</Button>
          <ImportYaml
            isOpen={isImporting}
            onClose={() => setImporting(false)}
            onImported={state.setRecipe}
          />
        </>
      }
    />
  );
}

/** What does not fit, while somebody types: a newer check replaces the one under way. */
function useCheck(draft: Draft): {
  readonly problems: readonly RecipeProblem[];
  readonly resolved: PlainObject | null;
  readonly isChecking: boolean;
} {
  const trpc = useTRPC();
  const session = useId();
  const [settled] = useDebouncedValue(draft, CHECK_DELAY_MS);
  const { data, isFetching } = useQuery(
    trpc.recipes.check.queryOptions(
      { id: settled.recipe, slots: { ...settled.changes }, session },
      { placeholderData: keepPreviousData, gcTime: 10_000 },
    ),
  );
  const isOfThis = settled.recipe === draft.recipe;
  return {
    problems: useMemo(() => (isOfThis ? (data?.problems ?? []) : []), [isOfThis, data]),
    // JSON of main.
    resolved: isOfThis ? ((data?.resolved ?? null) as PlainObject | null) : null,
    isChecking: isFetching || settled !== draft,
  };
}

/** `starter-grpo-3`: the recipe and the first number that no run has. */
function useProposedName({ name, recipe }: Draft): string {
  const trpc = useTRPC();
  const runs = useQuery(trpc.runs.list.queryOptions());
  const queue = useQuery(trpc.runs.queue.queryOptions());
  if (name.trim() !== '') return name;
  const stem = recipe.replace(/^saved:/, '');
  const taken = new Set(
    [...(runs.data ?? []), ...(queue.data?.items ?? [])].map((one) => one.name),
  );
  let number = 1;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

function useBlocked(
  state: DraftState,
  problems: readonly RecipeProblem[],
  dryRun: DryRunState,
  name: string,
): string | undefined {
  const free = useStatus()?.disk?.freeBytes;
  const { broken, schema } = state;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (broken !== null) return text.blockedYaml(broken.line);
  if (schema === undefined) return text.blockedLoading;
  if (first !== undefined) {
    if (errors.length > 1) return text.blockedMany(errors.length);
    const field = schema.fields.find(({ path }) => path === first.path);
    return text.blockedField(field?.title ?? (first.path === '' ? first.message : first.path));
  }
  if (name.trim() === '') return text.blockedName;
  const needs = dryRun.editsSince === 0 ? dryRun.report?.diskBytes : null;
  if (needs != null && free !== undefined && needs > free) {
    return text.blockedDisk(bytes(needs), bytes(free));
  }
  return undefined;
}

/** What is worth knowing before the start. */
function useNote(dryRun: DryRunState): string | undefined {
  const status = useStatus();
  const total = status?.device?.totalBytes ?? status?.memory.totalBytes;
  const peak = dryRun.editsSince === 0 ? dryRun.report?.peakBytes : null;
  if (peak != null && total !== undefined && peak > total * 0.9) {
    return text.warnMemory(bytes(peak), bytes(total));
  }
  const before = (status?.queue.running == null ? 0 : 1) + (status?.queue.waiting ?? 0);
  return before > 0 ? text.queueStands(Number(count(before))) : undefined;
}

function useNewRunCommands(props: {
  readonly dryRun: DryRunState;
  readonly submit: SubmitState;
  readonly blocked: string | undefined;
  readonly findBox: React.RefObject<HTMLInputElement | null>;
}): void {
  const { dryRun, submit, blocked, findBox } = props;
  const doers = useRef({ dryRun, submit });
  doers.current = { dryRun, submit };
  const commands = useMemo(
    () => [
      {
        id: 'new-run.start',
        title: text.start,
        group: text.group,
        keys: ['Mod+Enter'],
        cli: 'rationale run start',
        blocked,
        run: () => doers.current.submit.send({ isFirst: true }),
      },
      {
        id: 'new-run.queue',
        title: text.addToQueue,
        group: text.group,
        blocked,
        run: () => doers.current.submit.send({ isFirst: false }),
      },
      {
        id: 'new-run.dry-run',
        title: text.dryRun,
        group: text.group,
        keys: ['Mod+D'],
        blocked,
        run: () => doers.current.dryRun.run(),
      },
      {
        id: 'new-run.find',
        title: text.find,
        group: text.group,
        keys: ['Mod+F'],
        run: () => findBox.current?.focus(),
      },
      {
        id: 'new-run.side',
        title: text.switchSide,
        group: text.group,
        keys: ['Mod+E'],
        run: switchSide,
      },
    ],
    [blocked, findBox],
  );
  useCommands(commands);
}

/** From the form to the text and back. */
function switchSide(): void {
  const editor = document.querySelector<HTMLElement>('[data-scope="yaml"] [contenteditable]');
  const isInText = editor?.contains(document.activeElement) === true;
  if (isInText) document.querySelector<HTMLElement>('[id^="field-"] input')?.focus();
  else editor?.focus();
}
