/**
 * The link to main: one WebSocket-shaped connection, over loopback in a browser and over Electron's
 * IPC in the window. Comes in: nothing. Goes out: the tRPC client every view's queries use.
 */
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
// The one place where the window names a type of main; nothing of main runs here.
import type { AppRouter } from '../../main/rpc/router.ts';
import { ipcWebSocket } from './ipc-socket.ts';
import { linkState } from './link-state.ts';

const RETRY_MS = [0, 100, 300, 1000, 2000];

/** Address of the connection; inside Electron it only has to be well formed. */
function rpcUrl(): string {
  const { protocol, host } = window.location;
  if (protocol !== 'http:' && protocol !== 'https:') return 'ws://rationale/rpc';
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/rpc`;
}

/** Lost, or shut: a host that runs and refuses this browser has been started anew. */
async function learnWhy(): Promise<void> {
  if (linkState.get() !== 'shut') linkState.set('lost');
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  // The socket may have come back in the meantime.
  if (linkState.get() !== 'open') linkState.set(answer?.status === 403 ? 'shut' : 'lost');
}

export function createRpcClient() {
  const WebSocketClass = ipcWebSocket();
  const socket = createWSClient({
    url: rpcUrl,
    ...(WebSocketClass === undefined ? {} : { WebSocket: WebSocketClass }),
    retryDelayMs: (attempt) => RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 2000,
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 10_000 },
    onOpen: () => linkState.set('open'),
    onClose: () => void learnWhy(),
  });
  return createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] });
}

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
