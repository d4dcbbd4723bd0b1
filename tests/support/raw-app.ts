/**
 * The browser host as hostile tests meet it. Comes in: nothing. Goes out: a running app, one let-in
 * browser's cookie, requests byte by byte, and what a refusal must look like.
 */
import { expect } from 'vitest';
import { type AppServer, startAppServer } from './app-server.ts';
import { letIn, type RawAnswer, rawRequest } from './raw-http.ts';

/** For hooks that start the app: the window may have to be built first. */
export const STARTED_MS = 120_000;

export interface RequestShape {
  readonly method?: string;
  /** An empty value leaves a header out. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawApp {
  readonly app: AppServer;
  readonly host: string;
  readonly cookie: string;
  /** A request with the headers of the person's browser, but for those that are named. */
  readonly request: (path: string, shape?: RequestShape) => Promise<RawAnswer>;
  /** A refusal is typed, says what to do, and names nothing of this machine. */
  readonly expectRefusal: (answer: RawAnswer, status: number, code: string) => void;
}

export async function startRawApp(): Promise<RawApp> {
  const app = await startAppServer();
  const { host } = new URL(app.url);
  const cookie = await letIn(app.link);
  return {
    app,
    host,
    cookie,
    request: (path, { method = 'GET', headers = {}, body = '' } = {}) => {
      const all = { Host: host, Cookie: cookie, Connection: 'close', ...headers };
      const lines = Object.entries(all)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => `${name}: ${value}`);
      return rawRequest(app.url, `${method} ${path} HTTP/1.1\n${lines.join('\n')}`, body);
    },
    expectRefusal: (answer, status, code) => {
      expect(answer.status, answer.raw).toBe(status);
      const { error } = JSON.parse(answer.body) as { error: Record<string, unknown> };
      expect(error['code']).toBe(code);
      expect(error).not.toHaveProperty('stack');
      expect(answer.raw).not.toContain(app.workspace);
      expect(answer.raw).not.toContain('node_modules');
      expect(answer.raw).not.toContain('x-powered-by');
    },
  };
}
