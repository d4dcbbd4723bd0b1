/**
 * Errors as HTTP answers. Comes in: a LabError. Goes out: its wire form as JSON, or, for somebody who
 * opened an address in a browser, a page of plain text with what to do next.
 */
import { type ErrorCode, LabError } from '../../shared/errors.ts';
import { plainHeaders } from './headers.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  'file/missing': 404,
  'host/bad-request': 400,
  'host/forbidden-host': 421,
  'host/forbidden-origin': 403,
  'host/link-used': 403,
  'host/method': 405,
  'host/no-session': 403,
  'host/not-found': 404,
  'host/too-large': 413,
  'image/invalid': 415,
  'image/too-large': 413,
  'media/missing': 404,
  'rpc/invalid-input': 400,
};

/** The HTTP status of an error; what nobody foresaw is 500. */
export function statusOf(error: LabError): number {
  return STATUS[error.code] ?? (error.code === 'internal' ? 500 : 400);
}

/** The body for programs. A stack or a path of this machine never leaves it. */
export function errorBody(error: LabError): string {
  const { stack: _, cause: __, ...wire } = error.toWire();
  const isForeseen = error.code !== 'internal';
  return JSON.stringify({
    error: isForeseen ? wire : { code: 'internal', message: 'internal error' },
  });
}

/** @param asPage true where a person looks at the answer */
export function errorResponse(thrown: unknown, asPage = false): Response {
  const error = LabError.from(thrown);
  const status = statusOf(error);
  const headers = { ...plainHeaders, ...(status === 405 ? { Allow: 'GET, HEAD, POST' } : {}) };
  if (asPage) {
    return new Response(errorPage(error), {
      status,
      headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
    });
  }
  return new Response(errorBody(error), {
    status,
    headers: { ...headers, 'Content-Type': 'application/json; charset=utf-8' },
  });
}

/** @param head further elements of the head, trusted */
export function errorPage(error: LabError, head = ''): string {
  const message = error.code === 'internal' ? 'internal error' : error.message;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rationale</title>${head}<style>
:root{color-scheme:light dark}body{font:15px/1.6 system-ui,sans-serif;max-width:36rem;margin:18vh auto;padding:0 1.5rem}
h1{font-size:1.1rem}code{font-size:.85rem;opacity:.7}</style></head><body><h1>${escapeHtml(message)}</h1>
<p>${escapeHtml(error.hint ?? '')}</p><p><code>${escapeHtml(error.code)}</code></p></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
