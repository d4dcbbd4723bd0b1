/** What the models page asks for and changes. */
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ModelNode } from '../../../shared/model/model.ts';
import { useTRPC } from '../../rpc/client.ts';
import { offerUndo } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/models.ts';

export function useModels() {
  const trpc = useTRPC();
  return useQuery(trpc.models.list.queryOptions());
}

export function useExports() {
  const trpc = useTRPC();
  return useQuery(trpc.models.exports.queryOptions());
}

export function useAnnotate() {
  const trpc = useTRPC();
  return useMutation(trpc.models.annotate.mutationOptions());
}

/** Deletes, and offers the way back. */
export function useRemove() {
  const trpc = useTRPC();
  const { mutate } = useMutation(trpc.models.remove.mutationOptions());
  return (node: ModelNode) =>
    mutate(
      { id: node.id },
      {
        onSuccess: ({ trashId }) =>
          offerUndo(trashId === null ? text.forgotten(node.name) : text.removed(node.name)),
      },
    );
}
