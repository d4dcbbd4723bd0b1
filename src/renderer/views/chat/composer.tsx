/** Where a question is written: text, pictures by button, paste or drop, and the button that asks. */
import { ActionIcon, Button, Textarea } from '@mantine/core';
import { type ClipboardEvent, type DragEvent, useRef, useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { Keys } from '../../parts/keys.tsx';
import { ErrorState } from '../../parts/states.tsx';
import { text } from '../../strings/chat.ts';
import type { Picture, Question } from './chat-state.ts';
import styles from './composer.module.css';
import { uploadPicture } from './upload.ts';

export interface ComposerProps {
  readonly isWriting: boolean;
  /** Why nothing can be asked. */
  readonly blocked: string | undefined;
  readonly onAsk: (question: Question) => void;
  readonly onStop: () => void;
}

export function Composer({ isWriting, blocked, onAsk, onStop }: ComposerProps) {
  const [draft, setDraft] = useState('');
  const pictures = usePictures();
  const file = useRef<HTMLInputElement>(null);
  const canAsk = !isWriting && blocked === undefined && draft.trim() !== '' && !pictures.isBusy;
  const ask = () => {
    if (!canAsk) return;
    onAsk({ text: draft.trim(), pictures: pictures.list });
    setDraft('');
    pictures.clear();
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    void pictures.add([...event.dataTransfer.files]);
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    void pictures.add(files);
  };
  return (
    <form
      className={styles['composer']}
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={onDrop}
    >
      {pictures.error !== undefined && <ErrorState error={pictures.error} />}
      <Thumbs pictures={pictures.list} isBusy={pictures.isBusy} onRemove={pictures.remove} />
      <div className={styles['line']}>
        <input
          ref={file}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => {
            void pictures.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <ActionIcon size={28} aria-label={text.addPicture} onClick={() => file.current?.click()}>
          <Icon name="image" />
        </ActionIcon>
        <Textarea
          id="chat-question"
          className={styles['field'] ?? ''}
          aria-label={text.prompt}
          placeholder={text.promptPlaceholder}
          autosize
          minRows={1}
          maxRows={10}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onPaste={onPaste}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            ask();
          }}
        />
        {isWriting ? (
          <Button leftSection={<Icon name="stop" size={14} />} onClick={onStop}>
            {text.stop} <Keys chord="Escape" />
          </Button>
        ) : (
          <Button type="submit" variant="filled" disabled={!canAsk}>
            {text.ask}
          </Button>
        )}
      </div>
      {blocked !== undefined && <p className={styles['blocked']}>{blocked}</p>}
    </form>
  );
}

function Thumbs(props: {
  readonly pictures: readonly Picture[];
  readonly isBusy: boolean;
  readonly onRemove: (index: number) => void;
}) {
  const { pictures, isBusy, onRemove } = props;
  if (pictures.length === 0 && !isBusy) return null;
  return (
    <ul className={styles['thumbs']}>
      {pictures.map((picture, index) => (
        <li key={`${picture.sha256}-${index}`}>
          <img src={`/media/${picture.sha256}?thumb=64`} alt={text.picture(index + 1)} />
          <ActionIcon aria-label={text.removePicture(index + 1)} onClick={() => onRemove(index)}>
            <Icon name="close" size={12} />
          </ActionIcon>
        </li>
      ))}
      {isBusy && <li role="status">{text.uploading}</li>}
    </ul>
  );
}

function usePictures() {
  const [list, setList] = useState<readonly Picture[]>([]);
  const [busy, setBusy] = useState(0);
  const [error, setError] = useState<unknown>();
  const add = async (files: readonly File[]) => {
    setError(undefined);
    setBusy((count) => count + files.length);
    for (const file of files) {
      try {
        const picture = await uploadPicture(file);
        setList((before) => [...before, picture]);
      } catch (thrown) {
        setError(thrown);
      } finally {
        setBusy((count) => count - 1);
      }
    }
  };
  return {
    list,
    isBusy: busy > 0,
    error,
    add,
    remove: (index: number) => setList((before) => before.filter((_, i) => i !== index)),
    clear: () => setList([]),
  };
}
