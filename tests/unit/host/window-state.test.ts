/** Where a window opens: what was saved, what is broken, what no display shows any more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  loadWindowState,
  place,
  saveWindowState,
} from '../../../src/main/host/electron/window-state.ts';

const MAIN = { x: 0, y: 0, width: 1920, height: 1040 };
const RIGHT = { x: 1920, y: 0, width: 1280, height: 1000 };

it('opens where it was', () => {
  const bounds = { x: 2000, y: 50, width: 1100, height: 800 };
  const saved = { bounds, isMaximized: true };
  expect(place(saved, [MAIN, RIGHT])).toEqual({ bounds, isMaximized: true });
});

it('opens in the middle where that display is gone, or nothing was saved', () => {
  const saved = { bounds: { x: 2000, y: 50, width: 1100, height: 800 }, isMaximized: false };
  const middle = { bounds: { width: 1440, height: 900 }, isMaximized: false };
  expect(place(saved, [MAIN])).toEqual(middle);
  expect(place(undefined, [MAIN])).toEqual(middle);
  expect(place(undefined, [{ x: 0, y: 0, width: 1024, height: 700 }]).bounds).toEqual({
    width: 1024,
    height: 700,
  });
});

it('can always be reached', () => {
  const size = fc.integer({ min: 1, max: 20_000 });
  const position = fc.integer({ min: -40_000, max: 40_000 });
  const bounds = fc.record({ x: position, y: position, width: size, height: size });
  fc.assert(
    fc.property(bounds, (saved) => {
      const { bounds: placed } = place({ bounds: saved, isMaximized: false }, [MAIN, RIGHT]);
      if (placed.x === undefined || placed.y === undefined) return;
      expect(placed.y).toBeGreaterThanOrEqual(-1);
      expect(placed.x).toBeLessThan(RIGHT.x + RIGHT.width);
      expect(placed.x + placed.width).toBeGreaterThan(0);
    }),
  );
});

it('survives a file that is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-window-'));
  const path = join(folder, 'deep', 'window.json');
  expect(loadWindowState(path)).toBeUndefined();
  const state = { bounds: { x: 1, y: 2, width: 3, height: 4 }, isMaximized: true };
  saveWindowState(path, state);
  expect(loadWindowState(path)).toEqual(state);
  for (const text of ['', '{', '[]', '{"bounds":{"x":1e99}}', 'null', '{"bounds":{"x":"1"}}']) {
    writeFileSync(path, text);
    expect(loadWindowState(path)).toBeUndefined();
  }
  rmSync(folder, { recursive: true });
});
