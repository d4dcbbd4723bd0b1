/**
 * A test double of the module `electron`: as much of it as the app uses, with a page of a real browser
 * behind the window. Comes in: what the built main process calls. Goes out: what Electron would do, and
 * a record of it in {@link record}. A browser knows no scheme of ours, so that `app://rationale/` is a
 * host of its own there ({@link toBrowser}); nothing else is let onto the network.
 */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { type BrowserContext, chromium, type Frame, type Page, type Route } from 'playwright-core';
import { DoubleFrame, type Preventable, preventable, toApp, toBrowser } from './electron-frames.ts';
import { preloadScript } from './electron-preload.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What tests look at. */
export const record = {
  external: [] as string[],
  blockedRequests: [] as string[],
  popups: 0,
  errorBoxes: [] as string[],
  menu: [] as string[],
  tray: null as null | { tooltip: string; menu: { label?: string; click?: () => void }[] },
  isSandboxEnabled: false,
  privileges: [] as unknown[],
  notices: [] as { title: string; body: string }[],
  /** What the next dialog gives. */
  picked: { canceled: true, filePaths: [] as string[], filePath: '' },
  dialogs: [] as unknown[],
  pageErrors: [] as string[],
};

let context: Promise<BrowserContext> | undefined;
const protocols = new Map<string, (request: Request) => Promise<Response>>();
const windows = new Set<BrowserWindow>();

function browserContext(): Promise<BrowserContext> {
  context ??= (async () => {
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--headless=new', '--disable-background-networking'],
    });
    return browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  })();
  return context;
}

class App extends EventEmitter {
  requestSingleInstanceLock(): boolean {
    return process.env['DOUBLE_IS_SECOND'] !== '1';
  }
  enableSandbox(): void {
    record.isSandboxEnabled = true;
  }
  async whenReady(): Promise<void> {
    await browserContext();
  }
  quit(): void {
    const event = preventable();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    for (const window of windows) window.close();
    this.exit(0);
  }
  exit(code = 0): void {
    const close = async (): Promise<void> => {
      await (await context)?.browser()?.close();
      process.exit(code);
    };
    void close();
  }
}
export const app = new App();

class WebContents extends EventEmitter {
  readonly window: BrowserWindow;
  page: Page | undefined;
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  frames = new WeakMap<Frame, DoubleFrame>();

  constructor(window: BrowserWindow) {
    super();
    this.window = window;
    app.emit('web-contents-created', {}, this);
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  send(channel: string, payload: unknown): void {
    this.page
      ?.evaluate(([name, value]) => Reflect.get(window, '__electronDeliver')(name, value), [
        channel,
        payload,
      ] as const)
      .catch(() => {});
  }
  getURL(): string {
    return toApp(this.page?.url() ?? '');
  }
  isDestroyed(): boolean {
    return this.window.isDestroyed();
  }
  /** Electron gives the same object for the same frame. */
  frameOf(frame: Frame): DoubleFrame {
    const known = this.frames.get(frame) ?? new DoubleFrame(frame);
    this.frames.set(frame, known);
    return known;
  }
}

export class BrowserWindow extends EventEmitter {
  readonly options: Record<string, unknown> & { webPreferences: { preload: string } };
  readonly webContents: WebContents;
  bounds: { x: number; y: number; width: number; height: number };
  maximized = false;
  minimized = false;
  visible = false;
  focused = false;
  destroyed = false;

  constructor(options: BrowserWindow['options']) {
    super();
    this.options = options;
    const { x = 100, y = 80, width = 800, height = 600 } = options as Partial<typeof this.bounds>;
    this.bounds = { x, y, width, height };
    this.webContents = new WebContents(this);
    windows.add(this);
  }
  async loadURL(url: string): Promise<void> {
    const page = await (await browserContext()).newPage();
    const { webContents } = this;
    webContents.page = page;
    page.on('pageerror', (error) => record.pageErrors.push(String(error)));
    await page.exposeBinding('__electronOpen', (_source, opened: string) => {
      if (webContents.openHandler({ url: toApp(opened) }).action !== 'deny') record.popups += 1;
    });
    await page.route('**/*', (route) => this.#answer(route));
    await page.exposeBinding('__electronSend', ({ frame }, channel: string, payload: unknown) => {
      ipcMain.emit(channel, this.#senderOf(frame), payload);
    });
    await page.exposeBinding('__electronInvoke', ({ frame }, channel: string, payload: unknown) =>
      ipcMain.handlers.get(channel)?.(this.#senderOf(frame) as never, payload as never),
    );
    await page.addInitScript(
      preloadScript(readFileSync(this.options.webPreferences.preload, 'utf8')),
    );
    await page.goto(toBrowser(url));
    this.emit('ready-to-show');
  }
  #senderOf(frame: Frame): unknown {
    return { sender: this.webContents, senderFrame: this.webContents.frameOf(frame) };
  }
  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const url = toApp(request.url());
    if (request.isNavigationRequest()) {
      const isMainFrame = request.frame().parentFrame() === null;
      const event = Object.assign(preventable(), { url, isMainFrame, isSameDocument: false });
      if (this.webContents.page?.url() !== 'about:blank') {
        this.webContents.emit(isMainFrame ? 'will-navigate' : 'will-frame-navigate', event, url);
      }
      // No content: the page stays where it is.
      if (event.defaultPrevented) return route.fulfill({ status: 204 });
      this.webContents.emit('did-start-navigation', event);
    }
    const scheme = new URL(url).protocol.slice(0, -1);
    const handler = protocols.get(scheme);
    if (handler === undefined) {
      record.blockedRequests.push(url);
      return route.abort();
    }
    const body = request.postDataBuffer();
    const response = await handler(
      new Request(url, {
        method: request.method(),
        headers: request.headers(),
        ...(body === null ? {} : { body: new Uint8Array(body) }),
      }),
    );
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  }
  close(): void {
    if (this.destroyed) return;
    const event = preventable();
    this.emit('close', event);
    if (event.defaultPrevented) return;
    this.destroyed = true;
    windows.delete(this);
    void this.webContents.page?.close();
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }
  /** A person moves or resizes it. */
  moveTo(bounds: BrowserWindow['bounds']): void {
    this.bounds = bounds;
    this.emit('resize');
    this.emit('move');
  }
  show(): void {
    this.visible = true;
    this.focused = true;
  }
  focus(): void {
    this.focused = true;
  }
  blur(): void {
    this.focused = false;
  }
  restore(): void {
    this.minimized = false;
  }
  maximize(): void {
    this.maximized = true;
    this.emit('maximize');
  }
  reload(): void {
    void this.webContents.page?.reload();
  }
  isFocused = (): boolean => this.focused;
  isMinimized = (): boolean => this.minimized;
  isMaximized = (): boolean => this.maximized;
  isDestroyed = (): boolean => this.destroyed;
  getNormalBounds = (): BrowserWindow['bounds'] => this.bounds;
  static getAllWindows = (): BrowserWindow[] => [...windows];
}

class IpcMain extends EventEmitter {
  readonly handlers = new Map<string, AnyFunction>();
  handle(channel: string, handler: AnyFunction): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for '${channel}'`);
    this.handlers.set(channel, handler);
  }
}
export const ipcMain = new IpcMain();

export const protocol = {
  registerSchemesAsPrivileged: (schemes: unknown[]): void =>
    void record.privileges.push(...schemes),
  handle: (scheme: string, handler: (request: Request) => Promise<Response>): void => {
    protocols.set(scheme, handler);
  },
};

class Session extends EventEmitter {
  setPermissionRequestHandler(handler: AnyFunction): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: AnyFunction): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: AnyFunction): void {
    this.devicePermission = handler;
  }
  permissionRequest: AnyFunction | undefined;
  permissionCheck: AnyFunction | undefined;
  devicePermission: AnyFunction | undefined;
}
export const session = { defaultSession: new Session() };

interface MenuItem {
  label?: string;
  role?: string;
  click?: () => void;
  submenu?: MenuItem[];
}
export const Menu = {
  buildFromTemplate: (template: MenuItem[]): MenuItem[] => template,
  setApplicationMenu: (menu: MenuItem[]): void => {
    record.menu = menu.flatMap((item) => [
      item.label ?? item.role ?? '',
      ...(item.submenu ?? []).map((entry) => entry.label ?? entry.role ?? ''),
    ]);
  },
};

export class Tray extends EventEmitter {
  setToolTip(tooltip: string): void {
    record.tray = { tooltip, menu: record.tray?.menu ?? [] };
  }
  setContextMenu(menu: MenuItem[]): void {
    record.tray = { tooltip: record.tray?.tooltip ?? '', menu };
  }
  destroy(): void {
    record.tray = null;
  }
}

export class Notification extends EventEmitter {
  readonly options: { title: string; body: string };
  constructor(options: Notification['options']) {
    super();
    this.options = options;
  }
  show(): void {
    record.notices.push(this.options);
  }
  static isSupported = (): boolean => true;
}

export const nativeImage = {
  createFromBitmap: (bitmap: Buffer, size: unknown) => ({ bitmap, size }),
};
export const shell = {
  openExternal: async (url: string): Promise<void> => void record.external.push(url),
};
const workArea = { x: 0, y: 0, width: 1920, height: 1040 };
export const screen = {
  getPrimaryDisplay: () => ({ workArea }),
  getAllDisplays: () => [{ workArea }],
};
export const dialog = {
  showOpenDialog: async (_window: unknown, options: unknown) => {
    record.dialogs.push(options);
    return record.picked;
  },
  showSaveDialog: async (_window: unknown, options: unknown) => {
    record.dialogs.push(options);
    return record.picked;
  },
  showErrorBox: (title: string, text: string): void =>
    void record.errorBoxes.push(`${title}: ${text}`),
};

export type { Preventable };
