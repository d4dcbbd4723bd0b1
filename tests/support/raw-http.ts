/**
 * HTTP as nobody's client writes it. Comes in: the bytes of a request. Goes out: the bytes of the
 * answer, taken apart. Browsers and fetch correct what hostile tests are about.
 */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; a repeated header keeps every value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly raw: string;
}

/** @param text the whole request; lines may end with \n */
export function rawRequest(origin: string, text: string, body = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let raw = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end of the answer: ${raw}`)));
    socket.on('data', (chunk) => (raw += chunk.toString('latin1')));
    socket.on('error', (error) => (raw === '' ? reject(error) : undefined));
    socket.on('close', () => resolve(takeApart(raw)));
    socket.write(`${text.trim().replaceAll(/\r?\n/g, '\r\n')}\r\n\r\n${body}`);
  });
}

function takeApart(raw: string): RawAnswer {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const value = line.slice(line.indexOf(':') + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}\n${value}`;
  }
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers,
    body: rest.join('\r\n\r\n'),
    raw,
  };
}

/** A cookie for the app at `link`. Uses the link up. */
export async function letIn(link: string): Promise<string> {
  const { origin, host, pathname, search } = new URL(link);
  const answer = await rawRequest(
    origin,
    `GET ${pathname}${search} HTTP/1.1\nHost: ${host}\nConnection: close`,
  );
  return answer.headers['set-cookie']?.split(';')[0] ?? '';
}
