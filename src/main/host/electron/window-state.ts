/**
 * Where the window was. Comes in: what was saved and the displays there are now. Goes out: bounds the
 * person can see and reach; a file that is missing, broken or about a display that is gone gives the
 * default size in the middle.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const rectangle = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().positive().max(20_000),
  height: z.int().positive().max(20_000),
});
export type Rectangle = z.infer<typeof rectangle>;

const windowState = z.object({ bounds: rectangle, isMaximized: z.boolean() });
export type WindowState = z.infer<typeof windowState>;

export const MINIMUM = { width: 960, height: 600 } as const;
const DEFAULT = { width: 1440, height: 900 } as const;
/** So much of the title bar must be on a display to be dragged back. */
const GRIP = 80;

/** What a window is made with: without x and y it opens in the middle. */
export interface Placement {
  readonly bounds: { readonly width: number; readonly height: number; x?: number; y?: number };
  readonly isMaximized: boolean;
}

export function loadWindowState(path: string): WindowState | undefined {
  try {
    return windowState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: a crash leaves the old one. */
export function saveWindowState(path: string, state: WindowState): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}

/** @param displays work areas; the first one is the main one */
export function place(saved: WindowState | undefined, displays: readonly Rectangle[]): Placement {
  const home = displays.find((area) => saved !== undefined && isReachable(saved.bounds, area));
  if (saved === undefined || home === undefined) {
    const [main] = displays;
    return {
      bounds: {
        width: Math.min(DEFAULT.width, main?.width ?? DEFAULT.width),
        height: Math.min(DEFAULT.height, main?.height ?? DEFAULT.height),
      },
      isMaximized: saved?.isMaximized ?? false,
    };
  }
  const width = Math.min(Math.max(saved.bounds.width, MINIMUM.width), home.width);
  const height = Math.min(Math.max(saved.bounds.height, MINIMUM.height), home.height);
  const left = home.x + GRIP - width;
  const right = home.x + home.width - GRIP;
  const x = Math.min(Math.max(saved.bounds.x, left), right);
  return { bounds: { x, y: saved.bounds.y, width, height }, isMaximized: saved.isMaximized };
}

function isReachable(bounds: Rectangle, area: Rectangle): boolean {
  const visible =
    Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  const isTopVisible = bounds.y >= area.y - 1 && bounds.y <= area.y + area.height - GRIP;
  return visible >= GRIP && isTopVisible;
}
