/** What a person can write on a run: name, note, tags, archive, delete. Undo follows a delete. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../rpc/client.ts';
import { offerUndo, say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/runs.ts';

export interface RunEdits {
  readonly rename: (run: string, name: string) => void;
  readonly note: (run: string, note: string) => void;
  readonly tag: (run: string, tags: readonly string[]) => void;
  readonly archive: (
    run: { readonly id: string; readonly name: string },
    isArchived: boolean,
  ) => void;
  readonly remove: (run: { readonly id: string; readonly name: string }) => void;
  readonly error: unknown;
  readonly clear: () => void;
}

export function useRunEdits(): RunEdits {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: trpc.runs.list.pathKey() }),
      queries.invalidateQueries({ queryKey: trpc.runs.get.pathKey() }),
    ]);
  const rename = useMutation(trpc.runs.rename.mutationOptions({ onSuccess }));
  const note = useMutation(trpc.runs.note.mutationOptions({ onSuccess }));
  const tag = useMutation(trpc.runs.tag.mutationOptions({ onSuccess }));
  const archive = useMutation(trpc.runs.archive.mutationOptions({ onSuccess }));
  const remove = useMutation(trpc.runs.remove.mutationOptions({ onSuccess }));
  const all = [rename, note, tag, archive, remove];
  return {
    rename: (run, name) => rename.mutate({ run, name }),
    note: (run, words) => note.mutate({ run, note: words }),
    tag: (run, tags) => tag.mutate({ run, tags: [...tags] }),
    archive: ({ id, name }, isArchived) =>
      then(archive.mutateAsync({ run: id, isArchived }), () =>
        say(isArchived ? text.archivedNow(name) : text.unarchivedNow(name)),
      ),
    remove: ({ id, name }) =>
      then(remove.mutateAsync({ run: id }), () => offerUndo(text.removed(name))),
    error: all.find(({ error }) => error !== null)?.error ?? null,
    clear: () => {
      for (const mutation of all) mutation.reset();
    },
  };
}

/**
 * Says it even where what asked is gone by then: a deleted run leaves the list before the answer
 * comes. What went wrong is in the mutation's own error.
 */
function then(answer: Promise<unknown>, done: () => void): void {
  answer.then(done, () => undefined);
}
