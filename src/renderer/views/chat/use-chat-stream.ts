/** The answer under way, subscribed to for as long as there is one. Mounted once, by the page. */
import { skipToken, useMutation } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useCallback } from 'react';
import { useTRPC } from '../../rpc/client.ts';
import { failChat, tellChat, useChat } from './chat-state.ts';

/** @returns whether an answer is being written, and a way to stop it */
export function useChatStream(): { readonly isWriting: boolean; readonly stop: () => void } {
  const trpc = useTRPC();
  const { pending } = useChat();
  useSubscription(
    trpc.models.chat.subscriptionOptions(pending ?? skipToken, {
      onData: ({ data }) => tellChat(data),
      onError: failChat,
    }),
  );
  const { mutate } = useMutation(trpc.models.stopChat.mutationOptions());
  const stop = useCallback(() => mutate(), [mutate]);
  return { isWriting: pending !== undefined, stop };
}
