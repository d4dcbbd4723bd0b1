/**
 * What no page in this app may do. Comes in: the app's events. Goes out: refusals. New windows, foreign
 * addresses, permissions and embedded views are denied; a link to the web opens in the person's browser.
 * Also decides whether an IPC message comes from our page in our window.
 */
import {
  app,
  type BrowserWindow,
  session,
  shell,
  type WebContents,
  type WebFrameMain,
} from 'electron';
import { APP_ORIGIN, APP_URL } from './app-protocol.ts';

/** What a page may be granted: nothing that reaches a device or the network. */
const GRANTED: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'fullscreen']);

/** For every page there will ever be, before the first one. */
export function denyByDefault(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      openOutside(url);
      return { action: 'deny' };
    });
    const stayHere = (event: { preventDefault(): void }, url: string): void => {
      if (!url.startsWith(APP_URL)) event.preventDefault();
    };
    contents.on('will-navigate', (event) => stayHere(event, event.url));
    contents.on('will-redirect', (event) => stayHere(event, event.url));
    contents.on('will-frame-navigate', (event) => stayHere(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

/** Once the app is ready: what pages ask for. */
export function denyPermissions(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, answer) =>
    answer(GRANTED.has(permission) && isOurPage(contents)),
  );
  defaultSession.setPermissionCheckHandler(
    (contents, permission) => GRANTED.has(permission) && contents !== null && isOurPage(contents),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  // Files leave through exports, which main writes.
  defaultSession.on('will-download', (event) => event.preventDefault());
}

/** Only https, and nothing that a shell or a mail program would take for an instruction. */
function openOutside(text: string): void {
  if (!URL.canParse(text)) return;
  const url = new URL(text);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return;
  void shell.openExternal(url.href);
}

function isOurPage(contents: WebContents): boolean {
  return contents.getURL().startsWith(APP_URL);
}

/** Who sent an IPC message. */
export interface IpcSender {
  readonly sender: WebContents;
  /** Null where the frame is already gone. */
  readonly senderFrame: WebFrameMain | null;
}

/** True for the main frame of our window with our page in it; a frame inside it is somebody else. */
export function isOurs({ sender, senderFrame }: IpcSender, window: BrowserWindow | null): boolean {
  return (
    window !== null &&
    !window.isDestroyed() &&
    sender === window.webContents &&
    senderFrame !== null &&
    senderFrame.parent === null &&
    senderFrame.origin === APP_ORIGIN
  );
}
