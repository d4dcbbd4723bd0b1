/**
 * The roll-call of views. An area has an icon in the rail and a key; a page has a path and a module
 * that exports its component as `View`. Adding a view: a folder, a page line here.
 */
import type { ComponentType } from 'react';
import type { IconName } from '../parts/icon.tsx';

export interface Area {
  readonly id: string;
  readonly title: string;
  readonly icon: IconName;
  readonly path: string;
  /** At the foot of the rail instead of its head. */
  readonly isFoot?: boolean;
}

/** In work order; `Ctrl+1`.. follow it. */
export const areas: readonly Area[] = [
  { id: 'datasets', title: 'Datasets', icon: 'database', path: '/datasets' },
  { id: 'runs', title: 'Runs', icon: 'chart', path: '/runs' },
  { id: 'rollouts', title: 'Rollouts', icon: 'bars', path: '/rollouts' },
  { id: 'models', title: 'Models', icon: 'tree', path: '/models' },
  { id: 'chat', title: 'Chat', icon: 'chat', path: '/chat' },
  { id: 'doctor', title: 'Doctor', icon: 'pulse', path: '/doctor', isFoot: true },
  { id: 'settings', title: 'Settings', icon: 'sliders', path: '/settings', isFoot: true },
];

export interface Page {
  readonly path: string;
  /** Loaded when the page is first shown; the module exports its component as `View`. */
  readonly load: () => Promise<{ readonly View: ComponentType }>;
}

export const pages: readonly Page[] = [
  { path: '/datasets', load: () => import('./datasets/view.tsx') },
  { path: '/datasets/$id', load: () => import('./datasets/view.tsx') },
];
