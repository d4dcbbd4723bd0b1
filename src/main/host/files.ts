/**
 * Everything a window loads that is not a procedure call. Comes in: a Fetch request whose sender has
 * been checked, and the open lab. Goes out: a response, also for every error. The browser host and the
 * app protocol of the desktop window both use this one handler.
 */
import { LabError } from '../../shared/errors.ts';
import type { LabHolder } from '../lab.ts';
import { errorResponse } from './answers.ts';
import { mediaResponse } from './media-files.ts';
import { uploadResponse } from './upload.ts';
import { WindowFiles } from './window-files.ts';

export type FileHandler = (request: Request) => Promise<Response>;

export interface FilesOptions {
  readonly labs: LabHolder;
  /** Folder of the built window. */
  readonly renderer: string;
}

/** Longest address anybody needs; everything behind it is somebody's mistake or worse. */
const LONGEST_URL = 8192;

export function createFileHandler({ labs, renderer }: FilesOptions): FileHandler {
  const window = new WindowFiles(renderer);
  return async (request) => {
    try {
      return await answer(request, labs, window);
    } catch (thrown) {
      return errorResponse(thrown);
    }
  };
}

async function answer(request: Request, labs: LabHolder, window: WindowFiles): Promise<Response> {
  if (request.url.length > LONGEST_URL) {
    throw new LabError('host/bad-request', `expected an address of at most ${LONGEST_URL} letters`);
  }
  const url = new URL(request.url);
  const { media, path } = labs.current;
  if (url.pathname === '/upload') {
    expectMethod(request, ['POST']);
    return uploadResponse(url, request, {
      workspace: path,
      put: (file) => media.put(file),
    });
  }
  expectMethod(request, ['GET', 'HEAD']);
  if (url.pathname.startsWith('/media/')) return mediaResponse(url, request, media);
  const response = await window.answer(url.pathname, request.headers.get('accept-encoding') ?? '');
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

function expectMethod(request: Request, methods: readonly string[]): void {
  if (methods.includes(request.method)) return;
  throw new LabError('host/method', `expected ${methods.join(' or ')}, got ${request.method}`);
}
