/**
 * The hover rule that all charts of a page share. A place on the x axis comes in from the chart that
 * is pointed at or walked with the keys; every chart reads it back. It is kept outside of React's
 * state so that moving the pointer draws rules, not curves.
 */
import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';

export interface HoverStore {
  readonly get: () => number | null;
  readonly set: (x: number | null) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createHoverStore(): HoverStore {
  let current: number | null = null;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(x) {
      if (x === current) return;
      current = x;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const HoverContext = createContext<HoverStore>(createHoverStore());

export function HoverProvider({ children }: { readonly children: ReactNode }) {
  const [store] = useState(createHoverStore);
  return <HoverContext value={store}>{children}</HoverContext>;
}

export function useHoverStore(): HoverStore {
  return useContext(HoverContext);
}

/** Where the rule stands; null = nowhere. */
export function useHoverX(): number | null {
  const store = useHoverStore();
  return useSyncExternalStore(store.subscribe, store.get);
}
