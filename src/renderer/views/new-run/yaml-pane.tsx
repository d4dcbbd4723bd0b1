/** The text side: all of the recipe or what is changed, in step with the form; the line for a terminal. */
import {
  ActionIcon,
  Button,
  Popover,
  SegmentedControl,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { RecipeProblem } from '../../../shared/model/recipe.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneFoot, PaneHead } from '../../parts/pane.tsx';
import { ErrorState, LoadingRows } from '../../parts/states.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/new-run.ts';
import { slotsInWorkOrder } from './field-values.ts';
import { terminalLine } from './plan.ts';
import { lineOf, writeRecipe } from './recipe-text.ts';
import { changedPaths } from './slots.ts';
import type { DraftState } from './use-draft.ts';
import type { LineMark } from './yaml-editor.tsx';
import styles from './yaml-pane.module.css';

const YamlEditor = lazy(async () => ({ default: (await import('./yaml-editor.tsx')).YamlEditor }));

export function YamlPane(props: {
  readonly state: DraftState;
  readonly problems: readonly RecipeProblem[];
  readonly focused: string | undefined;
}) {
  const { state, problems, focused } = props;
  const { draft, values, broken, typed } = state;
  const [extent, setExtent] = useState<'all' | 'changed'>('all');
  const written = useMemo(
    () => writeRecipe(draft.recipe, slotsInWorkOrder(extent === 'all' ? values : draft.changes)),
    [draft.recipe, draft.changes, values, extent],
  );
  const shown = broken?.text ?? typed ?? written;
  const marks = useMarks(shown, { state, problems, focused });
  return (
    <>
      <PaneHead title={text.yamlTitle} hint={broken === null ? text.yamlHint : text.yamlBroken}>
        <SegmentedControl
          aria-label={text.yamlExtent}
          value={extent}
          data={[
            { value: 'all', label: text.yamlAll },
            { value: 'changed', label: text.yamlChanged },
          ]}
          onChange={(next) => {
            setExtent(next === 'all' ? 'all' : 'changed');
            state.rewrite();
          }}
        />
        <SaveRecipe state={state} />
        <CopyButton what={shown} label={text.copyYaml} />
      </PaneHead>
      <div className={styles['text']} data-scope="yaml">
        <Suspense fallback={<LoadingRows label={text.yamlLabel} />}>
          <YamlEditor
            value={shown}
            label={text.yamlLabel}
            marks={marks}
            isReadOnly={state.schema === undefined}
            onChange={state.setText}
          />
        </Suspense>
      </div>
      <PaneFoot>
        <div className={styles['terminal']}>
          <span>{text.terminal}</span>
          <code title={terminalLine(draft)}>{terminalLine(draft)}</code>
          <CopyButton what={terminalLine(draft)} label={text.copyLine} />
        </div>
      </PaneFoot>
    </>
  );
}

function useMarks(
  shown: string,
  {
    state,
    problems,
    focused,
  }: {
    readonly state: DraftState;
    readonly problems: readonly RecipeProblem[];
    readonly focused: string | undefined;
  },
): readonly LineMark[] {
  const { broken, draft } = state;
  return useMemo(() => {
    if (broken !== null) {
      return [{ line: broken.line, kind: 'problem' as const, message: broken.message }];
    }
    const at = (path: string, mark: Omit<LineMark, 'line'>): LineMark[] => {
      const line = lineOf(shown, path);
      return line === null ? [] : [{ line, ...mark }];
    };
    return [
      ...changedPaths(draft.changes).flatMap((path) => at(path, { kind: 'changed' })),
      ...(focused === undefined ? [] : at(focused, { kind: 'current' })),
      ...problems.flatMap(({ path, message, severity }) =>
        at(path, { kind: severity === 'error' ? 'problem' : 'warning', message }),
      ),
    ];
  }, [shown, broken, draft.changes, problems, focused]);
}

function CopyButton({ what, label }: { readonly what: string; readonly label: string }) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        onClick={() => {
          void navigator.clipboard.writeText(what);
          say(text.copied);
        }}
      >
        <Icon name="copy" />
      </ActionIcon>
    </Tooltip>
  );
}

function SaveRecipe({ state }: { readonly state: DraftState }) {
  const trpc = useTRPC();
  const { draft } = state;
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const save = useMutation(
    trpc.recipes.save.mutationOptions({
      onSuccess: (saved) => {
        setOpen(false);
        say(text.saved(saved.name));
        state.setRecipe(saved.id);
      },
    }),
  );
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      width={300}
      trapFocus
      withinPortal
    >
      <Popover.Target>
        <Tooltip label={text.saveAs}>
          <ActionIcon
            aria-label={text.saveAs}
            disabled={state.broken !== null}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="save" />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={styles['save']}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ name, note, draft: { id: draft.recipe, slots: { ...draft.changes } } });
          }}
        >
          <TextInput
            label={text.saveName}
            required
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label={text.saveNote}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          {save.error !== null && <ErrorState error={save.error} />}
          <Button type="submit" disabled={name.trim() === ''} loading={save.isPending}>
            {text.saveAs}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
