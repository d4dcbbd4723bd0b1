/**
 * Preload script of the desktop window, sandboxed. Comes in: Electron's IPC. Goes out: the one global
 * `rationale` ({@link Bridge}). It carries text and knows nothing of what it says; main checks who sent
 * it and what it is.
 */
import { contextBridge, ipcRenderer } from 'electron';
import type { Bridge, SocketMessage } from '../shared/bridge.ts';
import { BRIDGE_NAME, CHANNELS } from '../shared/bridge-names.ts';

/** Unique over reloads: a message for a page that is gone finds nobody. */
const page = crypto.randomUUID();
let opened = 0;

function toMain(message: SocketMessage): void {
  ipcRenderer.send(CHANNELS.toMain, message);
}

const bridge: Bridge = {
  host: 'electron',
  open() {
    opened += 1;
    const id = `${page}-${opened}`;
    toMain({ id, kind: 'open', text: '' });
    return id;
  },
  send: (id, text) => toMain({ id: String(id), kind: 'message', text: String(text) }),
  close: (id) => toMain({ id: String(id), kind: 'close', text: '' }),
  onMessage(listener) {
    // The event itself stays here: it would hand the page the whole of ipcRenderer.
    const forward = (_event: unknown, message: SocketMessage): void => listener(message);
    ipcRenderer.on(CHANNELS.toWindow, forward);
    return () => void ipcRenderer.removeListener(CHANNELS.toWindow, forward);
  },
  pick: (options) => ipcRenderer.invoke(CHANNELS.pick, options),
};

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
