/**
 * The built window as answers. Comes in: a path of a URL. Goes out: the file of out/renderer with that
 * very name, the page for a route of the app, or `host/not-found`. Only names that a listing of the
 * folder found are ever opened, so that no path can lead out of it.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { windowHeaders } from './headers.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const PAGE = '/index.html';
/** Where the names are with a content hash. */
const HASHED = '/assets/';
const KEEP_AFTER_MS = 2000;

export class WindowFiles {
  readonly #folder: string;
  /**
   * Names with a content hash never change: all of them are kept in memory, a few megabytes, so that a
   * page goes on working when the window is built anew under it.
   */
  readonly #kept = new Map<string, Uint8Array<ArrayBuffer>>();
  #names = new Set<string>();
  /** When the page that was listed was built; another one means that a build took place. */
  #builtAt = -1;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param pathname of the URL, still encoded: names of built files need no encoding.
   * @param encodings what the browser can unpack, as it says itself
   */
  async answer(pathname: string, encodings: string): Promise<Response> {
    await this.#list();
    const name = this.#has(pathname) ? pathname : routeOf(pathname);
    if (name === undefined) {
      throw new LabError('host/not-found', 'nothing is at this address');
    }
    const isHashed = name.startsWith(HASHED);
    const packed = `${name}.gz`;
    const isPacked = /\bgzip\b/.test(encodings) && this.#has(packed);
    const body = await this.#body(isPacked ? packed : name);
    return new Response(body, {
      headers: {
        ...windowHeaders,
        'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
        'Content-Length': String(body.byteLength),
        ...(isPacked ? { 'Content-Encoding': 'gzip' } : {}),
        Vary: 'Accept-Encoding',
        'Cache-Control': isHashed ? 'private, max-age=31536000, immutable' : 'no-cache',
      },
    });
  }

  #has(name: string): boolean {
    return this.#names.has(name) || this.#kept.has(name);
  }

  async #body(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#kept.get(name) ?? (await this.#read(name));
  }

  async #read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const body = new Uint8Array(await readFile(join(this.#folder, name)));
    if (name.startsWith(HASHED)) this.#kept.set(name, body);
    return body;
  }

  /** In the background, once the page that asked first has what it needs. */
  async #keepAll(): Promise<void> {
    for (const name of this.#names) {
      if (name.startsWith(HASHED) && !this.#kept.has(name)) await this.#read(name);
    }
  }

  async #list(): Promise<void> {
    const page = await stat(join(this.#folder, PAGE)).catch(() => null);
    if (page === null) {
      throw new LabError('host/not-found', 'the window has not been built', {
        hint: 'Run npm start, or npm run build.',
      });
    }
    if (page.mtimeMs === this.#builtAt) return;
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    this.#names = new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
        .map((name) => `/${name.split(sep).join('/')}`),
    );
    this.#builtAt = page.mtimeMs;
    // A file that a new build has just taken away is the new listing's business.
    setTimeout(() => void this.#keepAll().catch(() => {}), KEEP_AFTER_MS).unref();
  }
}

/**
 * An address of plain names is a route: the page decides what it shows. What looks like a file of the
 * window is missing then, and a segment that starts with a dot is nobody's name.
 */
function routeOf(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const isRoute =
    /^[\p{L}\p{N}_~:@ ./-]+$/u.test(decoded) &&
    !/\/[./]/.test(decoded) &&
    !decoded.startsWith(HASHED) &&
    !(extname(decoded) in TYPES);
  return isRoute ? PAGE : undefined;
}
