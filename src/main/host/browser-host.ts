/**
 * The app for a browser: files by HTTP, procedures by WebSocket, on loopback. Comes in: the labs, a
 * port, the built window. Goes out: a running host with its address, a way to make one-time links, and
 * a stop. Every request and every upgrade passes guard and session before anything else happens.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { WebSocketServer } from 'ws';
import { LabError } from '../../shared/errors.ts';
import type { LabHolder } from '../lab.ts';
import { errorBody, errorPage, statusOf } from './answers.ts';
import { createFileHandler } from './files.ts';
import { checkRequest, type GuardOptions } from './guard.ts';
import { plainHeaders } from './headers.ts';
import { createRpcSocketHandler, MOST_MESSAGE_BYTES } from './rpc-socket.ts';
import { Sessions } from './sessions.ts';

const LOOPBACK = '127.0.0.1';
/** How many ports after the wanted one are tried. */
const PORTS_TRIED = 20;
const MOST_SOCKETS = 64;

export interface BrowserHostOptions {
  readonly labs: LabHolder;
  readonly renderer: string;
  /** 0 for any free one. */
  readonly port: number;
  /** True where the port was asked for: then no other one will do. */
  readonly isPortFixed?: boolean;
  /** Opens the app to other machines; nothing but the link protects it then. */
  readonly openTo?: string | undefined;
  /** Called after a link was used up. */
  readonly onLinkUsed?: () => void;
}

export interface BrowserHost {
  readonly url: string;
  readonly makeLink: () => string;
  readonly stop: () => Promise<void>;
}

/** @throws LabError `host/port-busy` */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const { labs, openTo } = options;
  const sessions = new Sessions(`${hostname()}:${labs.current.path}`);
  const guard: GuardOptions = { openedTo: openTo };
  let url = '';
  const makeLink = (): string => `${url}/open?token=${sessions.makeToken()}`;

  const serveFile = getRequestListener(createFileHandler(options), {
    overrideGlobalObjects: false,
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const connect = createRpcSocketHandler({ labs, host: 'browser', makeLink }, true);

  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => {
    try {
      checkRequest(request, guard);
      if (isLink(request)) return openSession(request, response, sessions, options.onLinkUsed);
      sessions.check(request.headers.cookie);
      void serveFile(request, response);
    } catch (thrown) {
      refuse(request, response, thrown);
    }
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    try {
      checkRequest(request, guard);
      sessions.check(request.headers.cookie);
      checkSocket(request, sockets);
    } catch (thrown) {
      return refuseUpgrade(socket, thrown);
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => connect(accepted, request));
  });
  // An upload of many gigabytes may take its time; a head may not.
  server.requestTimeout = 0;
  server.headersTimeout = 20_000;

  const port = await listen(server, options);
  url = `http://${openTo === undefined || openTo === '0.0.0.0' || openTo === '::' ? LOOPBACK : openTo}:${port}`;
  return {
    url,
    makeLink,
    stop: async () => {
      for (const socket of sockets.clients) socket.close(1001, 'the app is closing');
      const closed = new Promise((resolve) => server.close(resolve));
      setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
      }, 500).unref();
      server.closeIdleConnections();
      await closed;
    },
  };
}

function isLink(request: IncomingMessage): boolean {
  return /^\/open(\?|$)/.test(request.url ?? '');
}

/** A session for the token of the link; HEAD and the like leave the token alone. */
function openSession(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Sessions,
  onLinkUsed: (() => void) | undefined,
): void {
  if (request.method !== 'GET') {
    throw new LabError('host/method', `expected GET, got ${request.method}`);
  }
  const token = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token') ?? '';
  const cookie = sessions.open(token);
  response.writeHead(303, { ...plainHeaders, Location: '/', 'Set-Cookie': cookie });
  response.end();
  onLinkUsed?.();
}

function checkSocket(request: IncomingMessage, sockets: WebSocketServer): void {
  if (request.url !== '/rpc' && !request.url?.startsWith('/rpc?')) {
    throw new LabError('host/not-found', 'expected an upgrade of /rpc');
  }
  if (sockets.clients.size >= MOST_SOCKETS) {
    throw new LabError('host/bad-request', `expected at most ${MOST_SOCKETS} open windows`, {
      hint: 'Close windows of the app that are not needed.',
    });
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  const error = LabError.from(thrown);
  const isPage = request.headers.accept?.includes('text/html') === true;
  // A link that was clicked in another site's page comes without the new cookie: browsers hold a
  // strict one back until a request starts here, which reloading once from here does.
  const site = request.headers['sec-fetch-site'];
  const comesFromElsewhere = site === 'cross-site' || site === 'same-site';
  const again =
    error.code === 'host/no-session' && comesFromElsewhere
      ? '<meta http-equiv="refresh" content="0">'
      : '';
  const body = isPage ? errorPage(error, again) : errorBody(error);
  response.writeHead(statusOf(error), {
    ...plainHeaders,
    'Content-Type': `${isPage ? 'text/html' : 'application/json'}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    // What is still to come of the body is not read.
    Connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuseUpgrade(socket: Duplex, thrown: unknown): void {
  const error = LabError.from(thrown);
  const body = errorBody(error);
  socket.end(
    `HTTP/1.1 ${statusOf(error)} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** @returns the port: the wanted one, or the next that is free. */
async function listen(server: Server, options: BrowserHostOptions): Promise<number> {
  const { port, isPortFixed = false, openTo = LOOPBACK } = options;
  const last = port === 0 || isPortFixed ? port : port + PORTS_TRIED;
  for (let candidate = port; candidate <= last; candidate += 1) {
    const cause = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(candidate, openTo, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    // A server on a port, and on no pipe, has this kind of address.
    if (cause === undefined) return (server.address() as AddressInfo).port;
    if (cause.code !== 'EADDRINUSE' && cause.code !== 'EACCES') throw LabError.from(cause);
  }
  throw new LabError('host/port-busy', `expected a free port, but ${port} to ${last} are in use`);
}
