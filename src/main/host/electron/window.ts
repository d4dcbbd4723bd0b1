/**
 * The one window. Comes in: where its state is kept and what closing it means. Goes out: a window that
 * opens where it was, shows itself once it has something to show, and loads only our own page.
 */
import { join } from 'node:path';
import { BrowserWindow, screen } from 'electron';
import { APP_ROOT } from '../../entries.ts';
import { APP_URL } from './app-protocol.ts';
import { loadWindowState, MINIMUM, place, saveWindowState } from './window-state.ts';

const PRELOAD = join(APP_ROOT, 'out/preload/index.cjs');
/** Resizing fires many times a second. */
const SAVE_AFTER_MS = 400;

export interface WindowOptions {
  /** File that keeps bounds and whether it was maximised. */
  readonly statePath: string;
  /** Called when the person closes it; true keeps the app going without it. */
  readonly onClosed: () => void;
}

export function openWindow({ statePath, onClosed }: WindowOptions): BrowserWindow {
  const displays = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()];
  const { bounds, isMaximized } = place(
    loadWindowState(statePath),
    displays.map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    ...bounds,
    minWidth: MINIMUM.width,
    minHeight: MINIMUM.height,
    show: false,
    title: 'Rationale',
    // The colour of the page before it is there, so that nothing flashes.
    backgroundColor: '#16181d',
    autoHideMenuBar: true,
    webPreferences: {
      preload: PRELOAD,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      // Charts of a run keep up while the window is behind another one.
      backgroundThrottling: false,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  keepState(window, statePath);
  window.on('closed', onClosed);
  void window.loadURL(APP_URL);
  return window;
}

function keepState(window: BrowserWindow, path: string): void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isMinimized()) return;
    try {
      saveWindowState(path, {
        bounds: window.getNormalBounds(),
        isMaximized: window.isMaximized(),
      });
    } catch {
      // A place of a window is not worth a message.
    }
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  };
  window.on('resize', later);
  window.on('move', later);
  window.on('maximize', later);
  window.on('unmaximize', later);
  window.on('close', save);
}
