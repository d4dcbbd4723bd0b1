/**
 * One-time links and the sessions they open. Comes in: the token of a link, or a Cookie header. Goes
 * out: the Set-Cookie of a new session, or whether the cookie belongs to one. Only hashes are kept, and
 * they are compared in constant time.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LabError } from '../../shared/errors.ts';

/** Links that were made and not used; the oldest dies first. */
const MOST_LINKS = 8;
const MOST_SESSIONS = 64;
const TOKEN = /^[\w-]{43}$/;

export class Sessions {
  readonly #cookie: string;
  readonly #links: Buffer[] = [];
  readonly #sessions: Buffer[] = [];

  /** @param scope what tells this app from another one behind the same name, as cookies know no port. */
  constructor(scope: string) {
    this.#cookie = `rationale-${hash(scope).toString('hex').slice(0, 12)}`;
  }

  /** @returns the token of a link that works once. */
  makeToken(): string {
    const token = secret();
    keep(this.#links, hash(token), MOST_LINKS);
    return token;
  }

  /** Uses a token up. @returns the Set-Cookie header. @throws LabError `host/link-used` */
  open(token: string): string {
    const at = TOKEN.test(token) ? find(this.#links, token) : -1;
    if (at < 0) throw new LabError('host/link-used', 'This link has been used or never existed.');
    this.#links.splice(at, 1);
    const session = secret();
    keep(this.#sessions, hash(session), MOST_SESSIONS);
    return `${this.#cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** @throws LabError `host/no-session` */
  check(cookies: string | undefined): void {
    const prefix = `${this.#cookie}=`;
    const given = (cookies ?? '').split('; ').filter((part) => part.startsWith(prefix));
    if (given.some((part) => find(this.#sessions, part.slice(prefix.length)) >= 0)) return;
    throw new LabError('host/no-session', 'This browser has not been let in yet.');
  }
}

/** 256 random bits. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function keep(list: Buffer[], entry: Buffer, most: number): void {
  list.push(entry);
  if (list.length > most) list.shift();
}

/** Looks at every entry, whichever one it is. */
function find(list: readonly Buffer[], text: string): number {
  const wanted = hash(text);
  let found = -1;
  list.forEach((entry, index) => {
    if (timingSafeEqual(entry, wanted)) found = index;
  });
  return found;
}
