/**
 * Notices of a hidden browser tab on the desktop, where the person allowed it. The Electron window does
 * this by itself (main/host/electron). A notice and the setting come in; nothing is asked unbidden.
 */
import type { Notice } from '../../shared/model/system.ts';
import { desktopBridge } from '../rpc/ipc-socket.ts';

/** Notices a page is told again when it opens are old news. */
const FRESH_MS = 60_000;

function isPossible(): boolean {
  return desktopBridge() === undefined && 'Notification' in window;
}

/** Whether the browser has not been asked yet. */
export function canAskForDesktop(): boolean {
  return isPossible() && Notification.permission === 'default';
}

export async function askForDesktop(): Promise<void> {
  await Notification.requestPermission();
}

/** Shows a notice beside the browser while nobody looks at the page. */
export function showOnDesktop(notice: Notice, isWanted: boolean): void {
  const isFresh = Date.now() - Date.parse(notice.at) < FRESH_MS;
  if (!isWanted || !isFresh || !document.hidden || !isPossible()) return;
  if (Notification.permission !== 'granted') return;
  new Notification(notice.title, { body: notice.text, tag: `rationale-${notice.seq}` });
}
