/** The inspector of the chosen model: what it is, what it scored, what is wrong with it, a note. */
import { ActionIcon, Button, Textarea, Tooltip } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ModelNode } from '../../../shared/model/model.ts';
import { Chip } from '../../parts/chip.tsx';
import { bytes, count, percent, quantity, shortId } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { useGo } from '../../shell/location.ts';
import { text } from '../../strings/models.ts';
import { CheckSection } from './check-section.tsx';
import { CompareSection } from './compare-section.tsx';
import styles from './model-inspector.module.css';
import { useAnnotate } from './queries.ts';

export interface ModelInspectorProps {
  readonly node: ModelNode;
  readonly parent: ModelNode | undefined;
  /** All models, to compare with. */
  readonly nodes: readonly ModelNode[];
  readonly onSelect: (id: string) => void;
  readonly onExport: () => void;
  readonly onRemove: () => void;
}

export function ModelInspector(props: ModelInspectorProps) {
  const { node, onExport, onRemove } = props;
  const go = useGo();
  const annotate = useAnnotate();
  const isBlocked = node.problems.some(({ level }) => level === 'block');
  const pin = node.isPinned ? text.unpin : text.pin;
  return (
    <>
      <PaneHead title={<NameField node={node} />} hint={<Chip>{text.kinds[node.kind]}</Chip>}>
        <Tooltip label={`${pin} (B)`}>
          <ActionIcon
            aria-label={pin}
            aria-pressed={node.isPinned}
            onClick={() => annotate.mutate({ id: node.id, isPinned: !node.isPinned })}
          >
            <span className={node.isPinned ? styles['pinned'] : undefined}>
              <Icon name="pin" />
            </span>
          </ActionIcon>
        </Tooltip>
      </PaneHead>
      <PaneBody>
        <div className={styles['actions']}>
          <Button
            leftSection={<Icon name="chat" size={14} />}
            disabled={isBlocked}
            onClick={() => go('/chat', { search: { model: node.id } })}
          >
            {text.probe}
          </Button>
          <Button
            leftSection={<Icon name="upload" size={14} />}
            disabled={isBlocked}
            onClick={onExport}
          >
            {text.exportModel}
          </Button>
          {node.kind !== 'starter' && (
            <Button leftSection={<Icon name="trash" size={14} />} onClick={onRemove}>
              {node.isOwned ? text.remove : text.forget}
            </Button>
          )}
        </div>
        {isBlocked && <p className={styles['blocked']}>{text.block}</p>}
        <Problems node={node} />
        <FactsOf {...props} />
        <Scores node={node} />
        <NoteField key={`note ${node.id}`} node={node} />
        <CompareSection key={`compare ${node.id}`} node={node} nodes={props.nodes} />
        <CheckSection key={`check ${node.id}`} node={node} />
      </PaneBody>
    </>
  );
}

function NameField({ node }: { readonly node: ModelNode }) {
  const annotate = useAnnotate();
  const [draft, setDraft] = useState<string | undefined>();
  const save = () => {
    const name = draft?.trim();
    if (name !== undefined && name !== node.name) {
      annotate.mutate({ id: node.id, name: name === '' ? null : name });
    }
    setDraft(undefined);
  };
  return (
    <input
      id="model-name"
      className={styles['nameField']}
      aria-label={text.rename}
      title={node.name}
      value={draft ?? node.name}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(undefined);
      }}
    />
  );
}

function Problems({ node }: { readonly node: ModelNode }) {
  if (node.problems.length === 0) return null;
  return (
    <ul className={styles['problems']}>
      {node.problems.map(({ part, reason, fix, level }) => (
        <li key={part + reason} className={styles[level]}>
          <Icon name={level === 'block' ? 'error' : 'warning'} />
          <div>
            <p>{reason}</p>
            <p className={styles['fix']}>{fix}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function FactsOf({ node, parent, onSelect }: ModelInspectorProps) {
  const go = useGo();
  const { run, runName, dataView } = node;
  return (
    <Section title={text.facts}>
      <Facts
        rows={[
          [
            text.from,
            parent === undefined ? (
              '–'
            ) : (
              <button
                key="from"
                type="button"
                className={styles['link']}
                onClick={() => onSelect(parent.id)}
              >
                {parent.name}
              </button>
            ),
          ],
          ...(run === null
            ? []
            : [
                [
                  text.run,
                  <button
                    key="run"
                    type="button"
                    className={styles['link']}
                    title={run}
                    onClick={() => go(`/runs/${run}`)}
                  >
                    {runName ?? shortId(run, 24)}
                  </button>,
                ] as const,
                [text.step, count(node.step ?? 0)] as const,
                [text.recipe, node.recipe ?? '–'] as const,
                [text.trainedOn, dataView?.name ?? '–'] as const,
              ]),
          ...(dataView?.hash == null
            ? []
            : [[text.dataHash, <Hash key="rows" value={dataView.hash} />] as const]),
          [text.parameters, node.params === null ? '–' : count(node.params)],
          [text.onDisk, bytes(node.bytes)],
          [text.hash, node.hash === null ? '–' : <Hash key="hash" value={node.hash} />],
          [
            text.path,
            <button
              key="path"
              type="button"
              className={`${styles['path']} mono`}
              title={`${node.path}\n${text.copyPath}`}
              onClick={() => void navigator.clipboard.writeText(node.path)}
            >
              <bdi>{node.path}</bdi>
            </button>,
          ],
        ]}
      />
    </Section>
  );
}

function Hash({ value }: { readonly value: string }) {
  return (
    <button
      type="button"
      className={styles['link']}
      title={value}
      onClick={() => void navigator.clipboard.writeText(value)}
    >
      <code>{shortId(value)}</code>
    </button>
  );
}

/** Evaluation and reward first, then the rest by name. */
const FIRST = ['evaluation/accuracy', 'reward/mean', 'objective/loss'];
/** Without asking for more. */
const SHOWN = 6;

function Scores({ node }: { readonly node: ModelNode }) {
  const rank = (id: string): number => {
    const at = FIRST.indexOf(id);
    return at < 0 ? FIRST.length : at;
  };
  const scores = Object.entries(node.scores)
    .filter(([id]) => !/^(timing|memory)\//.test(id))
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
  if (node.run === null) return null;
  return (
    <Section title={text.scores} hint={text.scoresAt(count(node.step ?? 0))}>
      {scores.length === 0 && <p className={styles['weak']}>{text.noScores}</p>}
      <Facts rows={scores.slice(0, SHOWN).map(scoreRow)} />
      {scores.length > SHOWN && (
        <details>
          <summary className={styles['more']}>{text.allScores(count(scores.length))}</summary>
          <Facts rows={scores.slice(SHOWN).map(scoreRow)} />
        </details>
      )}
    </Section>
  );
}

function scoreRow([id, value]: readonly [string, number]) {
  return [
    <code key={id}>{id}</code>,
    id === 'evaluation/accuracy' ? percent(value, 1) : quantity(value),
  ] as const;
}

function NoteField({ node }: { readonly node: ModelNode }) {
  const { mutate } = useAnnotate();
  const [draft, setDraft] = useState(node.note);
  useEffect(() => {
    if (draft === node.note) return;
    const timer = setTimeout(() => mutate({ id: node.id, note: draft }), 500);
    return () => clearTimeout(timer);
  }, [draft, node.id, node.note, mutate]);
  return (
    <Section title={text.note}>
      <Textarea
        id="model-note"
        aria-label={text.note}
        placeholder={text.notePlaceholder}
        autosize
        minRows={2}
        maxRows={10}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
      />
    </Section>
  );
}
