/** Whether the window reaches main. Comes in: what the socket reports. Goes out: a value to subscribe to. */
import { useSyncExternalStore } from 'react';

/** `shut`: the app was started anew and no longer knows this browser; only a new link helps. */
export type LinkState = 'connecting' | 'open' | 'lost' | 'shut';

let current: LinkState = 'connecting';
const listeners = new Set<() => void>();

export const linkState = {
  get: (): LinkState => current,
  set(next: LinkState): void {
    current = next;
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function useLinkState(): LinkState {
  return useSyncExternalStore(linkState.subscribe, linkState.get);
}
