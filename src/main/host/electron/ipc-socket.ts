/**
 * Sockets made of IPC messages. Comes in: messages of our window ({@link SocketMessage}). Goes out: one
 * WebSocket-shaped object per socket for the same handler that serves browsers. A message from any other
 * frame is dropped; a page that goes takes its sockets with it.
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type BrowserWindow, ipcMain } from 'electron';
import type { WebSocket } from 'ws';
import { type SocketMessage, socketMessage } from '../../../shared/bridge.ts';
import { CHANNELS } from '../../../shared/bridge-names.ts';
import { MOST_MESSAGE_BYTES, type RpcSocketHandler } from '../rpc-socket.ts';
import { isOurs } from './security.ts';

/** A page opens one; more than a few are a mistake. */
const MOST_SOCKETS = 16;

class IpcServerSocket extends EventEmitter {
  /** As in WebSocket: 1 is open, 3 is closed. */
  readyState = 1;
  readonly #post: (message: SocketMessage) => void;
  readonly #id: string;

  constructor(id: string, post: (message: SocketMessage) => void) {
    super();
    this.#id = id;
    this.#post = post;
  }

  send(text: string): void {
    if (this.readyState === 1) this.#post({ id: this.#id, kind: 'message', text });
  }

  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#post({ id: this.#id, kind: 'close', text: '' });
    this.emit('close');
  }

  terminate(): void {
    this.close();
  }
}

/** Serves the window that `current` gives; call once. @returns closes every socket */
export function serveIpcSockets(
  current: () => BrowserWindow | null,
  connect: RpcSocketHandler,
): () => void {
  const sockets = new Map<string, IpcServerSocket>();
  const closeAll = (): void => {
    for (const socket of [...sockets.values()]) socket.close();
  };
  ipcMain.on(CHANNELS.toMain, (event, raw: unknown) => {
    const window = current();
    const parsed = socketMessage.safeParse(raw);
    if (window === null || !isOurs(event, window) || !parsed.success) return;
    const { id, kind, text } = parsed.data;
    if (kind === 'open') open(id, window);
    else if (kind === 'close') sockets.get(id)?.close();
    else if (text.length <= MOST_MESSAGE_BYTES) {
      sockets.get(id)?.emit('message', Buffer.from(text), false);
    } else sockets.get(id)?.close();
  });

  function open(id: string, window: BrowserWindow): void {
    if (sockets.has(id) || sockets.size >= MOST_SOCKETS) return;
    const { webContents } = window;
    const post = (message: SocketMessage): void => {
      if (!webContents.isDestroyed()) webContents.send(CHANNELS.toWindow, message);
    };
    const socket = new IpcServerSocket(id, post);
    sockets.set(id, socket);
    socket.once('close', () => sockets.delete(id));
    // Of a request it asks for the address, of a socket for what IpcServerSocket has.
    const request = { url: '/rpc', headers: {} } as IncomingMessage;
    connect(socket as unknown as WebSocket, request);
    post({ id, kind: 'open', text: '' });
  }

  return closeAll;
}
