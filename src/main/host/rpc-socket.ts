/**
 * Procedure calls over anything that looks like a WebSocket. Comes in: an accepted socket and the
 * request that opened it. Goes out: nothing; the socket carries calls and answers until it closes. The
 * browser host hands over real sockets, the desktop window one that is made of IPC messages.
 */
import type { IncomingMessage } from 'node:http';
import { getWSConnectionHandler, type WSSHandlerOptions } from '@trpc/server/adapters/ws';
import type { WebSocket } from 'ws';
import { type AppRouter, appRouter } from '../rpc/router.ts';
import type { RpcContext } from '../rpc/trpc.ts';

/** Most bytes of one message; files go by /upload. */
export const MOST_MESSAGE_BYTES = 32 * 1024 * 1024;

export type RpcSocketHandler = (socket: WebSocket, request: IncomingMessage) => void;

/** @param keepAlive whether the other side can be gone without a word, as behind a tunnel. */
export function createRpcSocketHandler(context: RpcContext, keepAlive: boolean): RpcSocketHandler {
  const options = {
    router: appRouter,
    createContext: () => context,
    keepAlive: { enabled: keepAlive, pingMs: 30_000, pongWaitMs: 10_000 },
  };
  // The type asks for the WebSocket server as well, which the handler of one connection never uses.
  return getWSConnectionHandler(options as unknown as WSSHandlerOptions<AppRouter>);
}
