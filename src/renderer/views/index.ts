/**
 * The roll-call of pages: a path and a module that exports its component as `View`. Adding a view: a
 * folder, a line here; an area of its own also has a line in ./areas.ts.
 */
import type { ComponentType } from 'react';

export interface Page {
  readonly path: string;
  /** Loaded when the page is first shown; the module exports its component as `View`. */
  readonly load: () => Promise<{ readonly View: ComponentType }>;
}

export const pages: readonly Page[] = [
  { path: '/datasets', load: () => import('./datasets/view.tsx') },
  { path: '/datasets/$id', load: () => import('./datasets/view.tsx') },
];
