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
  { path: '/datasets/import', load: () => import('./import/view.tsx') },
  { path: '/datasets/generate', load: () => import('./generate/view.tsx') },
  { path: '/datasets/$id', load: () => import('./datasets/view.tsx') },
  { path: '/datasets/$id/rows/$row', load: () => import('./row/view.tsx') },
  { path: '/datasets/$id/preflight', load: () => import('./preflight/view.tsx') },
  { path: '/datasets/$id/sql', load: () => import('./sql/view.tsx') },
  { path: '/datasets/$id/bad-rows', load: () => import('./bad-rows/view.tsx') },
  { path: '/models', load: () => import('./models/view.tsx') },
  { path: '/chat', load: () => import('./chat/view.tsx') },
  { path: '/settings', load: () => import('./settings/view.tsx') },
  { path: '/doctor', load: () => import('./doctor/view.tsx') },
  { path: '/runs', load: () => import('./runs/view.tsx') },
  { path: '/runs/new', load: () => import('./new-run/view.tsx') },
  { path: '/runs/$id', load: () => import('./run/view.tsx') },
  { path: '/rollouts', load: () => import('./rollouts/view.tsx') },
  { path: '/rollouts/$run', load: () => import('./rollouts/view.tsx') },
];
