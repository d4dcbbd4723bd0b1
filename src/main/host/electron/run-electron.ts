/**
 * The app as a desktop window: composition of the files beside this one. Comes in: Electron. Goes out: a
 * window on the workspace, a tray icon while a run goes on without it, and an end that saves runs first.
 */
import { join } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import { LabError } from '../../../shared/errors.ts';
import { RENDERER_FOLDER } from '../../entries.ts';
import { Lab, LabHolder } from '../../lab.ts';
import { configFolder, defaultWorkspace } from '../../workspace/places.ts';
import { createFileHandler } from '../files.ts';
import { createRpcSocketHandler } from '../rpc-socket.ts';
import { isRunGoing } from '../run-activity.ts';
import { handleAppProtocol } from './app-protocol.ts';
import { serveIpcSockets } from './ipc-socket.ts';
import { setMenu } from './menu.ts';
import { showNotices } from './notices.ts';
import { servePick } from './pick.ts';
import { denyPermissions } from './security.ts';
import { RunTray } from './tray.ts';
import { openWindow } from './window.ts';

/** How often a closed window's app asks whether the run has ended. */
const ASK_EVERY_MS = 2000;

class DesktopApp {
  readonly #labs: LabHolder;
  readonly #tray: RunTray;
  readonly #closeSockets: () => void;
  readonly #waiting: NodeJS.Timeout;
  #window: BrowserWindow | null = null;
  #isEnding = false;

  constructor(labs: LabHolder) {
    this.#labs = labs;
    handleAppProtocol(createFileHandler({ labs, renderer: RENDERER_FOLDER }));
    const current = (): BrowserWindow | null => this.#window;
    const connect = createRpcSocketHandler({ labs, host: 'electron' }, false);
    this.#closeSockets = serveIpcSockets(current, connect);
    servePick(current);
    const quit = (): void => app.quit();
    this.#tray = new RunTray({ show: () => this.show(), quit });
    setMenu({ quit });
    showNotices(labs, { window: current, show: () => this.show() });
    // The run may end while the window is away: then nothing keeps the app.
    this.#waiting = setInterval(() => this.#endIfIdle(), ASK_EVERY_MS);
  }

  /** Opens the window, or brings it to the front. */
  show(): void {
    this.#tray.disappear();
    if (this.#window !== null) {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
      return;
    }
    const window = openWindow({
      statePath: join(configFolder(), 'window.json'),
      onClosed: () => {
        this.#window = null;
        this.#closeSockets();
      },
    });
    // A page that is loaded anew, or dies, leaves sockets that nobody reads.
    window.webContents.on('did-start-navigation', (event) => {
      if (event.isMainFrame && !event.isSameDocument) this.#closeSockets();
    });
    window.webContents.on('render-process-gone', () => {
      this.#closeSockets();
      if (!this.#isEnding && !window.isDestroyed()) window.reload();
    });
    this.#window = window;
  }

  /** Called when the last window is closed: the tray keeps a run, nothing else does. */
  windowsClosed(): void {
    if (this.#isEnding) return;
    if (isRunGoing(this.#labs.current)) this.#tray.appear();
    else if (process.platform !== 'darwin') app.quit();
  }

  /** Runs save, the workspace is let go, then the process ends. */
  async end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearInterval(this.#waiting);
    this.#tray.disappear();
    // Saves its place, and takes its sockets with it.
    this.#window?.close();
    let code = 0;
    try {
      await this.#labs.current.dispose();
    } catch (thrown) {
      process.stderr.write(`${LabError.from(thrown).message}\n`);
      code = 1;
    }
    app.exit(code);
  }

  #endIfIdle(): void {
    if (this.#window !== null || this.#isEnding || process.platform === 'darwin') return;
    if (!isRunGoing(this.#labs.current)) app.quit();
  }
}

/** The app is ready and the only one of its kind. */
export async function runElectron(): Promise<void> {
  denyPermissions();
  let labs: LabHolder;
  try {
    labs = new LabHolder(await Lab.open({ workspace: defaultWorkspace(), hasBundled: true }));
  } catch (thrown) {
    const error = LabError.from(thrown);
    dialog.showErrorBox('Rationale', `${error.message}\n\n${error.hint ?? ''}`);
    return app.exit(1);
  }
  const desktop = new DesktopApp(labs);
  app.on('window-all-closed', () => desktop.windowsClosed());
  app.on('second-instance', () => desktop.show());
  app.on('activate', () => desktop.show());
  app.on('before-quit', (event) => {
    event.preventDefault();
    void desktop.end();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
  desktop.show();
}
