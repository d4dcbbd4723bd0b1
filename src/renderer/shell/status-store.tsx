/** How busy the machine and the queue are: one subscription for the whole window, pushed by main. */
import { useSubscription } from '@trpc/tanstack-react-query';
import { createContext, type ReactNode, useContext } from 'react';
import type { SystemStatus } from '../../shared/model/system.ts';
import { useTRPC } from '../rpc/client.ts';

const StatusContext = createContext<SystemStatus | undefined>(undefined);

export function StatusProvider({ children }: { readonly children: ReactNode }) {
  const trpc = useTRPC();
  const { data } = useSubscription(trpc.system.watch.subscriptionOptions());
  return <StatusContext value={data}>{children}</StatusContext>;
}

/** undefined until main has said its first word. */
export function useStatus(): SystemStatus | undefined {
  return useContext(StatusContext);
}
