/**
 * Choosing a path on the machine where main runs, in both hosts: a start comes in, the chosen path
 * goes out. Keyboard: arrows walk, Enter opens or chooses, Backspace goes up.
 */
import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTRPC } from '../rpc/client.ts';
import { text } from '../strings/shell.ts';
import styles from './folder-picker.module.css';
import { bytes } from './format.ts';
import { Icon } from './icon.tsx';
import { ErrorState, LoadingRows } from './states.tsx';

export interface FolderPickerProps {
  readonly isOpen: boolean;
  readonly title: string;
  /** What may be chosen; folders can always be entered. */
  readonly kinds: 'folder' | 'file' | 'both';
  readonly extensions?: readonly string[];
  readonly onClose: () => void;
  readonly onChoose: (path: string) => void;
}

export function FolderPicker(props: FolderPickerProps) {
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} title={props.title} size={720}>
      {props.isOpen && <Picker {...props} />}
    </Modal>
  );
}

function Picker({ kinds, extensions = [], onChoose, onClose }: FolderPickerProps) {
  const trpc = useTRPC();
  const [path, setPath] = useState<string | null>(null);
  const [draft, setDraft] = useState<string | undefined>();
  const [marked, setMarked] = useState<string | undefined>();
  const [isHiddenShown, setHiddenShown] = useState(false);
  const listing = useQuery(
    trpc.system.listFolder.queryOptions(
      { path, isHiddenShown, extensions: [...extensions] },
      { placeholderData: (previous) => previous },
    ),
  );
  const list = useRef<HTMLUListElement>(null);
  const enter = (next: string | null) => {
    setPath(next);
    setDraft(undefined);
    setMarked(undefined);
  };
  const here = listing.data?.path ?? '';
  const chosen = marked ?? (kinds === 'file' ? undefined : here);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const index = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'ArrowDown') buttons[Math.min(buttons.length - 1, index + 1)]?.focus();
    else if (event.key === 'ArrowUp') buttons[Math.max(0, index - 1)]?.focus();
    else if (event.key === 'Backspace') enter(listing.data?.parent ?? null);
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles['picker']}>
      <div className={styles['places']}>
        {listing.data?.places.map((place) => (
          <Button key={place.path} variant="subtle" onClick={() => enter(place.path)}>
            {place.title}
          </Button>
        ))}
      </div>
      <form
        className={styles['path']}
        onSubmit={(event) => {
          event.preventDefault();
          if (draft !== undefined) enter(draft);
        }}
      >
        <Button
          aria-label={text.up}
          disabled={listing.data?.parent === null}
          onClick={() => enter(listing.data?.parent ?? null)}
        >
          <Icon name="up" />
        </Button>
        <TextInput
          aria-label={text.path}
          className={styles['field']}
          value={draft ?? here}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
      </form>
      {listing.error !== null && <ErrorState error={listing.error} onRetry={() => enter(null)} />}
      {listing.isPending && <LoadingRows label={text.loading} />}
      <ul className={styles['list']} ref={list} onKeyDown={onKeyDown} aria-label={here}>
        {listing.data?.entries.map((entry) => (
          <li key={entry.path}>
            <button
              type="button"
              className={styles['entry']}
              aria-pressed={marked === entry.path}
              disabled={entry.kind === 'file' && kinds === 'folder'}
              onClick={() => setMarked(entry.path)}
              onDoubleClick={() =>
                entry.kind === 'folder' ? enter(entry.path) : onChoose(entry.path)
              }
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                if (entry.kind === 'folder') enter(entry.path);
                else onChoose(entry.path);
              }}
            >
              <Icon name={entry.kind === 'folder' ? 'folder' : 'file'} />
              <span className={styles['name']}>{entry.name}</span>
              <span className={styles['weak']}>{entry.looksLike ?? ''}</span>
              <span className={styles['weak']}>
                {entry.bytes === null ? '' : bytes(entry.bytes)}
              </span>
            </button>
          </li>
        ))}
        {listing.data?.entries.length === 0 && (
          <li className={styles['weak']}>{text.folderEmpty}</li>
        )}
      </ul>
      {listing.data?.isTruncated === true && (
        <p className={styles['weak']}>
          {text.truncated(listing.data.entries.length, listing.data.total)}
        </p>
      )}
      <div className={styles['foot']}>
        <Checkbox
          label={text.showHidden}
          checked={isHiddenShown}
          onChange={(event) => setHiddenShown(event.currentTarget.checked)}
        />
        <span className={`${styles['chosen']} mono`}>{chosen}</span>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button
          variant="filled"
          disabled={chosen === undefined || chosen === ''}
          onClick={() => chosen !== undefined && onChoose(chosen)}
        >
          {text.choose}
        </Button>
      </div>
    </div>
  );
}
