/**
 * The window's own protocol, `app://rationale/`. Comes in: requests of the window. Goes out: what the
 * same file handler answers to a browser. Nothing is read from `file:` and nothing comes from a network.
 */
import { protocol } from 'electron';
import { LabError } from '../../../shared/errors.ts';
import { errorResponse } from '../answers.ts';
import type { FileHandler } from '../files.ts';

const SCHEME = 'app';
const HOST = 'rationale';
/** As `WebFrameMain.origin` writes it. */
export const APP_ORIGIN = `${SCHEME}://${HOST}`;
export const APP_URL = `${APP_ORIGIN}/`;

/** Before the app is ready: the scheme behaves like https, with its own storage and fetch. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      // `stream` lets audio and video ask for ranges.
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
    },
  ]);
}

/** Once the app is ready. */
export function handleAppProtocol(answer: FileHandler): void {
  protocol.handle(SCHEME, async (request) => {
    if (new URL(request.url).host !== HOST) {
      return errorResponse(new LabError('host/not-found', `expected an address at ${APP_ORIGIN}`));
    }
    return answer(request);
  });
}
