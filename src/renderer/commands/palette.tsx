/**
 * The command palette: what is typed comes in, commands and things of the workspace that match go
 * out; Enter runs the marked one. A combobox over a list box, so that a screen reader follows.
 */
import { Modal } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { text } from '../strings/shell.ts';
import type { OverlayProps } from './key-sheet.tsx';
import { matchScore } from './match.ts';
import styles from './palette.module.css';
import { keysOf, useCommandList } from './registry.ts';
import { usePlaces } from './use-places.ts';

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly chord?: string | undefined;
  readonly hint?: string | undefined;
  readonly blocked?: string | undefined;
  readonly run: () => void;
}

const MAX_SHOWN = 60;

export function Palette({ isOpen, onClose }: OverlayProps) {
  return (
    <Modal.Root
      opened={isOpen}
      onClose={onClose}
      size={640}
      yOffset={96}
      centered={false}
      classNames={{ content: styles['box'] ?? '' }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label={text.palette}>
        {isOpen && <PaletteBody onClose={onClose} />}
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteBody({ onClose }: { readonly onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [marked, setMarked] = useState(0);
  const entries = useEntries(query);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new query starts at the best match.
  useEffect(() => setMarked(0), [query]);
  useEffect(() => {
    list.current?.querySelector(`[data-index="${marked}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [marked]);

  const run = (entry: Entry | undefined) => {
    if (entry === undefined || entry.blocked !== undefined) return;
    onClose();
    // After the dialog has given the focus back, so that the command may move it.
    setTimeout(entry.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = entries.length - 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(last, marked + 1),
      ArrowUp: Math.max(0, marked - 1),
      PageDown: Math.min(last, marked + 10),
      PageUp: Math.max(0, marked - 10),
    };
    const next = moves[event.key];
    if (event.key === 'Enter') run(entries[marked]);
    else if (next !== undefined) setMarked(next);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className={styles['field']}>
        <Icon name="search" />
        <input
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={entries[marked] && `${listId}-${marked}`}
          aria-label={text.palettePlaceholder}
          placeholder={text.palettePlaceholder}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <Keys chord="Escape" />
      </div>
      <div
        className={styles['list']}
        id={listId}
        ref={list}
        role="listbox"
        aria-label={text.palette}
      >
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys (aria-activedescendant).
          <div
            key={entry.id}
            id={`${listId}-${index}`}
            data-index={index}
            role="option"
            tabIndex={-1}
            aria-selected={index === marked}
            aria-disabled={entry.blocked !== undefined}
            onPointerMove={() => setMarked(index)}
            onClick={() => run(entry)}
          >
            <span className={styles['group']}>{entry.group}</span>
            <span className={styles['title']}>{entry.title}</span>
            <span className={styles['hint']}>{entry.blocked ?? entry.hint}</span>
            {entry.chord !== undefined && <Keys chord={entry.chord} />}
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={styles['none']}>{text.paletteNothing(query)}</p>}
    </>
  );
}

/** Commands first, then places, the best match on top. */
function useEntries(query: string): readonly Entry[] {
  const commands = useCommandList();
  const places = usePlaces();
  return useMemo(() => {
    const all: Entry[] = [
      ...commands
        .filter(({ isQuiet }) => isQuiet !== true)
        .map((command) => ({
          id: command.id,
          title: command.title,
          group: command.group,
          chord: keysOf(command)[0],
          hint: command.cli,
          blocked: command.blocked,
          run: command.run,
        })),
      ...places,
    ];
    return all
      .map((entry) => ({ entry, score: matchScore(query, `${entry.title} ${entry.group}`) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, MAX_SHOWN)
      .map(({ entry }) => entry);
  }, [commands, places, query]);
}
