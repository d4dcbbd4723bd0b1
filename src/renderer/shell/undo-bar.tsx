/** After something was deleted or changed in bulk: what it was, and the way back. No question before. */
import { ActionIcon, Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { Icon } from '../parts/icon.tsx';
import { Keys } from '../parts/keys.tsx';
import { useTRPC } from '../rpc/client.ts';
import { text } from '../strings/shell.ts';
import styles from './undo-bar.module.css';

const SHOWN_MS = 12_000;
let shown: { readonly message: string; readonly canUndo: boolean } | undefined;
const listeners = new Set<() => void>();
function set(next: typeof shown): void {
  shown = next;
  for (const listener of listeners) listener();
}
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says what just happened and offers the way back (the last entry of the workspace's history). */
export function offerUndo(message: string): void {
  set({ message, canUndo: true });
}

/** Says what just happened, where there is nothing to take back. */
export function say(message: string): void {
  set({ message, canUndo: false });
}

export function UndoBar() {
  const trpc = useTRPC();
  const current = useSyncExternalStore(subscribe, () => shown);
  const undo = useMutation(
    trpc.workspace.undo.mutationOptions({ onSuccess: () => set(undefined) }),
  );
  useEffect(() => {
    if (current === undefined) return;
    const timer = setTimeout(() => set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [current]);
  if (current === undefined) return null;
  return (
    <div className={styles['bar']} role="status">
      <span>{current.message}</span>
      {current.canUndo && (
        <Button onClick={() => undo.mutate()} rightSection={<Keys chord="Mod+Z" />}>
          {text.undo}
        </Button>
      )}
      <ActionIcon aria-label={text.cancel} onClick={() => set(undefined)}>
        <Icon name="close" size={12} />
      </ActionIcon>
    </div>
  );
}
