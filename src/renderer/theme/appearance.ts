/**
 * Light, dark or as the system says; contrast; motion. A choice comes in, attributes on <html> go out;
 * kept in the browser so that the first paint is right, and mirrored in the workspace's settings.
 */
import { useSyncExternalStore } from 'react';

export interface Appearance {
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: 'system' | 'normal' | 'high';
  readonly motion: 'system' | 'full' | 'reduced';
}

const KEY = 'rationale.appearance';
const DEFAULT: Appearance = { theme: 'system', contrast: 'system', motion: 'system' };
const listeners = new Set<() => void>();
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
const prefersContrast = window.matchMedia('(prefers-contrast: more)');

let appearance: Appearance = stored();

function stored(): Appearance {
  try {
    return { ...DEFAULT, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return DEFAULT;
  }
}

function resolvedTheme(): 'light' | 'dark' {
  if (appearance.theme !== 'system') return appearance.theme;
  return prefersDark.matches ? 'dark' : 'light';
}

/** Sets the attributes the tokens hang on. Called before the first paint. */
export function applyStoredAppearance(): void {
  const { dataset } = document.documentElement;
  dataset['theme'] = resolvedTheme();
  const isHigh =
    appearance.contrast === 'high' || (appearance.contrast === 'system' && prefersContrast.matches);
  dataset['contrast'] = isHigh ? 'high' : 'normal';
  dataset['motion'] = appearance.motion === 'reduced' ? 'reduced' : 'full';
  for (const listener of listeners) listener();
}

prefersDark.addEventListener('change', applyStoredAppearance);
prefersContrast.addEventListener('change', applyStoredAppearance);

export function setAppearance(change: Partial<Appearance>): void {
  appearance = { ...appearance, ...change };
  localStorage.setItem(KEY, JSON.stringify(appearance));
  applyStoredAppearance();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAppearance(): Appearance & { readonly resolved: 'light' | 'dark' } {
  const current = useSyncExternalStore(subscribe, () => appearance);
  const resolved = useSyncExternalStore(subscribe, resolvedTheme);
  return { ...current, resolved };
}
