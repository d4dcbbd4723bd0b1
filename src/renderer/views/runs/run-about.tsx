/** The chosen run: what a person wrote on it, what it is made of, doors to its page and to a new one. */
import { Button, TagsInput, Textarea, TextInput } from '@mantine/core';
import { type FocusEvent, useState } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import { Icon } from '../../parts/icon.tsx';
import { PaneBody, PaneFoot, PaneHead, Section } from '../../parts/pane.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/runs.ts';
import { isGoing } from '../run/run-state.ts';
import styles from './run-about.module.css';
import { RunFacts } from './run-facts.tsx';
import { useRunEdits } from './use-run-edits.ts';

export function RunAbout({
  run,
  allTags,
}: {
  readonly run: RunSummary;
  readonly allTags: readonly string[];
}) {
  const go = useGo();
  const edits = useRunEdits();
  const isLive = isGoing(run.status);
  return (
    <>
      <PaneHead title={text.about} hint={text.states[run.status]}>
        <Button onClick={() => go(`/runs/${run.id}`)}>{text.open}</Button>
      </PaneHead>
      <PaneBody>
        {edits.error !== null && <ErrorState error={edits.error} onRetry={edits.clear} />}
        <Section title={run.id}>
          {/* A new form for a new run, so that no draft of one is saved to another. */}
          <WrittenOn key={run.id} run={run} allTags={allTags} edits={edits} />
        </Section>
        <RunFacts run={run} />
      </PaneBody>
      <PaneFoot>
        <div className={styles['foot']}>
          <Button
            variant="subtle"
            leftSection={<Icon name="copy" />}
            onClick={() => go('/runs/new', { search: { from: run.id } })}
          >
            {text.sameAgain}
          </Button>
          <Button variant="subtle" onClick={() => edits.archive(run, !run.isArchived)}>
            {run.isArchived ? text.unarchive : text.archive}
          </Button>
          <Button
            variant="subtle"
            leftSection={<Icon name="trash" />}
            disabled={isLive}
            onClick={() => edits.remove(run)}
          >
            {text.remove}
          </Button>
          {isLive && <span className={styles['why']}>{text.stillGoing}</span>}
        </div>
      </PaneFoot>
    </>
  );
}

function WrittenOn(props: {
  readonly run: RunSummary;
  readonly allTags: readonly string[];
  readonly edits: ReturnType<typeof useRunEdits>;
}) {
  const { run, edits } = props;
  const [name, setName] = useState(run.name);
  const [note, setNote] = useState(run.note);
  const saveName = (event: FocusEvent<HTMLInputElement>) => {
    const next = event.currentTarget.value.trim();
    if (next === '') setName(run.name);
    else if (next !== run.name) edits.rename(run.id, next);
  };
  return (
    <div className={styles['form']}>
      <TextInput
        label={text.rename}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={saveName}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
      <TagsInput
        label={text.tags}
        placeholder={run.tags.length === 0 ? text.tagsPlaceholder : ''}
        data={[...props.allTags]}
        value={run.tags}
        onChange={(tags) => edits.tag(run.id, tags)}
      />
      <Textarea
        label={text.note}
        placeholder={text.notePlaceholder}
        autosize
        minRows={3}
        maxRows={12}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        onBlur={() => note !== run.note && edits.note(run.id, note)}
      />
    </div>
  );
}
