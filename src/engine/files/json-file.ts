/**
 * JSON files from strangers: a path comes in, a value of unknown shape goes out. Size and nesting are
 * limited before anything walks the value, so that a hostile file ends in a typed error and never in
 * a stack overflow or an exhausted heap.
 */
import { readFileSync, statSync } from 'node:fs';
import { LabError } from '../../shared/errors.ts';

export interface JsonLimits {
  /** Default 64 MiB: the largest tokenizer.json of the family is 11 MiB. */
  readonly maxBytes?: number;
  /** Default 64 levels. */
  readonly maxDepth?: number;
}

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
const DEFAULT_MAX_DEPTH = 64;

/**
 * Reads a whole text file.
 * @throws LabError `file/missing` when there is none, `file/unsafe` when it is not a regular file or too large.
 */
export function readTextFile(path: string, maxBytes: number = DEFAULT_MAX_BYTES): string {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new LabError('file/missing', `[file] expected a file at ${path}, found none`);
  // A pipe or device would block or never end.
  if (!info.isFile()) throw new LabError('file/unsafe', `[file] ${path} is not a regular file`);
  if (info.size > maxBytes) {
    throw new LabError(
      'file/unsafe',
      `[file] ${path} has ${info.size} bytes, at most ${maxBytes} are read`,
    );
  }
  return readFileSync(path, 'utf8');
}

/**
 * @returns the parsed value; the caller checks its shape.
 * @throws LabError `file/missing`, `file/unsafe` (size, nesting), `file/corrupt` (not JSON).
 */
export function readJsonFile(path: string, limits: JsonLimits = {}): unknown {
  return parseJson(readTextFile(path, limits.maxBytes), path, limits.maxDepth);
}

/**
 * @param source named in errors.
 * @throws LabError `file/unsafe` (nesting), `file/corrupt` (not JSON).
 */
export function parseJson(text: string, source: string, maxDepth = DEFAULT_MAX_DEPTH): unknown {
  checkDepth(text, source, maxDepth);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('file/corrupt', `[json] ${source} is not valid JSON: ${reason}`, { cause });
  }
}

function checkDepth(text: string, source: string, maxDepth: number): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 0x5c) i++;
      else if (c === 0x22) quoted = false;
    } else if (c === 0x22) quoted = true;
    else if (c === 0x5b || c === 0x7b) {
      depth++;
      if (depth > maxDepth) {
        throw new LabError(
          'file/unsafe',
          `[json] ${source} is nested deeper than ${maxDepth} levels`,
        );
      }
    } else if (c === 0x5d || c === 0x7d) depth--;
  }
}
