/**
 * A WebSocket made of Electron messages. Comes in: `window.rationale`, which only the desktop window
 * has. Goes out: a class the tRPC client uses in place of WebSocket, or undefined in a browser.
 */
import type { Bridge, SocketMessage } from '../../shared/bridge.ts';
import { BRIDGE_NAME } from '../../shared/bridge-names.ts';

/** The bridge of the desktop window; undefined in a browser. */
export function desktopBridge(): Bridge | undefined {
  return (window as unknown as Record<string, Bridge | undefined>)[BRIDGE_NAME]; // set by preload
}

/** @returns the class to connect with, where the window is Electron's */
export function ipcWebSocket(): typeof WebSocket | undefined {
  const bridge = desktopBridge();
  if (bridge === undefined) return undefined;
  class BoundSocket extends IpcSocket {
    constructor() {
      super(bridge as Bridge); // checked above; narrowing does not reach into a class
    }
  }
  // The tRPC client uses what IpcSocket has: four events, send, close, readyState and the constants.
  return BoundSocket as unknown as typeof WebSocket;
}

class IpcSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  binaryType = 'arraybuffer';
  readyState: number = IpcSocket.CONNECTING;
  readonly #bridge: Bridge;
  readonly #id: string;
  readonly #unsubscribe: () => void;

  constructor(bridge: Bridge) {
    super();
    this.#bridge = bridge;
    this.#unsubscribe = bridge.onMessage((message) => {
      if (message.id === this.#id) this.#receive(message);
    });
    this.#id = bridge.open();
  }

  send(text: string): void {
    if (this.readyState === IpcSocket.OPEN) this.#bridge.send(this.#id, text);
  }

  close(): void {
    if (this.readyState >= IpcSocket.CLOSING) return;
    this.#bridge.close(this.#id);
    this.#closed();
  }

  #receive({ kind, text }: SocketMessage): void {
    if (kind === 'open') {
      this.readyState = IpcSocket.OPEN;
      this.dispatchEvent(new Event('open'));
    } else if (kind === 'message') {
      this.dispatchEvent(new MessageEvent('message', { data: text }));
    } else {
      this.#closed();
    }
  }

  #closed(): void {
    if (this.readyState === IpcSocket.CLOSED) return;
    this.readyState = IpcSocket.CLOSED;
    this.#unsubscribe();
    this.dispatchEvent(new CloseEvent('close', { code: 1000, wasClean: true }));
  }
}
