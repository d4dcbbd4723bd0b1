/**
 * Who may speak to the browser host at all, decided before anything is read. Comes in: the head of a
 * request or of an upgrade. Goes out: nothing, or the LabError it is refused with. A page of another
 * site cannot pass: its browser sends its own Origin, and a name it has bound to 127.0.0.1 arrives in
 * Host.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { LabError } from '../../shared/errors.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The port is free: an SSH tunnel gives the app another one. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/;

export interface GuardOptions {
  /** The address that was opened with --host, where the person did so. */
  readonly openedTo?: string | undefined;
}

/** @throws LabError `host/bad-request`, `host/forbidden-host`, `host/forbidden-origin` */
export function checkRequest(request: IncomingMessage, options: GuardOptions = {}): void {
  const url = request.url ?? '';
  if (!url.startsWith('/') || url.startsWith('//')) {
    throw new LabError('host/bad-request', 'expected a path that starts with one slash');
  }
  const host = (request.headers.host ?? '').toLowerCase();
  if (!isOurs(host, options.openedTo)) {
    throw new LabError(
      'host/forbidden-host',
      `expected a request to 127.0.0.1 or localhost, got one to '${host.slice(0, 80)}'`,
    );
  }
  checkOrigin(request, host);
}

function isOurs(host: string, openedTo: string | undefined): boolean {
  const name = HOST.exec(host)?.[1];
  if (name === undefined) return false;
  if (LOOPBACK.has(name)) return true;
  if (openedTo === undefined) return false;
  // Rebinding works with names only, so that any address of this machine will do.
  return name === openedTo.toLowerCase() || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function checkOrigin(request: IncomingMessage, host: string): void {
  const { origin } = request.headers;
  const changesSomething =
    request.headers.upgrade !== undefined || !['GET', 'HEAD'].includes(request.method ?? '');
  if (origin === undefined) {
    if (changesSomething) throw forbiddenOrigin('nothing');
    // Browsers say where a request comes from even where they send no Origin. Opening the app from
    // a link elsewhere is fine, loading a part of it into another page is not.
    const site = request.headers['sec-fetch-site'];
    const isVisit = request.headers['sec-fetch-mode'] === 'navigate';
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (isForeign && !isVisit) throw forbiddenOrigin(`one that is ${String(site).slice(0, 20)}`);
    return;
  }
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    throw forbiddenOrigin(`'${origin.slice(0, 80)}'`);
  }
}

function forbiddenOrigin(arrived: string): LabError {
  return new LabError(
    'host/forbidden-origin',
    `expected the app's own page as origin, got ${arrived}`,
  );
}
