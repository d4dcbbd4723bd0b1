/** Areas of the app: what the rail shows and `Ctrl+1`.. follow. Data only; pages are in ./index.ts. */
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
