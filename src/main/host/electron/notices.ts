/**
 * Notices of the desktop: a run that ended or failed while the window was away. Comes in: what the lab
 * tells every window. Goes out: native notices, where the person wants them; a click opens the page.
 */
import { type BrowserWindow, Notification } from 'electron';
import type { LabHolder } from '../../lab.ts';
import { APP_ORIGIN } from './app-protocol.ts';

export interface NoticeOptions {
  readonly window: () => BrowserWindow | null;
  /** Opens the window, or brings it to the front. */
  readonly show: () => void;
}

/** @returns a function that ends it */
export function showNotices(labs: LabHolder, { window, show }: NoticeOptions): () => void {
  /** Kept while they are shown: one that is collected does not hear its click. */
  const shown = new Set<Notification>();
  return labs.notices.subscribe(({ room, title, text, href }) => {
    // A window that is looked at shows the notice itself.
    if (room !== 'runs' || window()?.isFocused() === true) return;
    if (!labs.current.settings.get().notices || !Notification.isSupported()) return;
    const notice = new Notification({ title, body: text });
    shown.add(notice);
    notice.on('click', () => {
      show();
      if (href?.startsWith('/') === true) void window()?.loadURL(APP_ORIGIN + href);
    });
    notice.on('close', () => shown.delete(notice));
    notice.show();
  });
}
