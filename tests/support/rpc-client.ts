/**
 * The app's procedures from a test, without a page: a session of its own is opened with the newest
 * link. Comes in: a running app. Goes out: the typed client the window has, its cookie for requests of
 * files, and a close.
 */
import { createTRPCClient, createWSClient, type TRPCClient, wsLink } from '@trpc/client';
import WebSocket from 'ws';
import type { AppRouter } from '../../src/main/rpc/router.ts';
import type { AppServer } from './app-server.ts';
import { letIn } from './raw-http.ts';

export type Rpc = TRPCClient<AppRouter>;

export interface RpcSession {
  readonly rpc: Rpc;
  /** For the Cookie header; requests that change something need the app's address as Origin, too. */
  readonly cookie: string;
  readonly close: () => Promise<void>;
}

export async function connectRpc(app: AppServer): Promise<RpcSession> {
  const cookie = await letIn(app.newestLink());
  class LetInSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { Cookie: cookie, Origin: app.url } });
    }
  }
  const socket = createWSClient({
    url: `${app.url.replace('http', 'ws')}/rpc`,
    // What tRPC uses of a browser's WebSocket, the package has as well.
    WebSocket: LetInSocket as unknown as typeof globalThis.WebSocket,
    retryDelayMs: () => 200,
  });
  return {
    rpc: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] }),
    cookie,
    close: () => socket.close(),
  };
}
