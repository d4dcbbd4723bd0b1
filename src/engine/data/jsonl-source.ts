/**
 * A JSONL file as a source of items. One object a line: `prompt` (or `question`), `images` or `frames` (paths
 * beside the file), `answer` (or `solution`), `verifier`, `completion` (or `chosen`), `rejected`. A row
 * with `world` takes what it does not say from that sample of the starter world.
 * Rows are found by byte offset; nothing but the row in hand is in memory.
 */
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { decodeImage } from '../files/image.ts';
import { sampleById } from '../world/dataset.ts';
import type { Item, ItemSource } from './item.ts';
import { toItem } from './world-source.ts';

const rowSchema = z.looseObject({
  id: z.string().optional(),
  /** Id of a sample of the starter world. */
  world: z.string().optional(),
  prompt: z.string().optional(),
  question: z.string().optional(),
  images: z.array(z.string()).default([]),
  /** Frames of one clip; instead of `images`. */
  frames: z.array(z.string()).default([]),
  answer: z.string().optional(),
  solution: z.string().optional(),
  verifier: z
    .looseObject({ kind: z.string(), params: z.record(z.string(), z.unknown()) })
    .optional(),
  completion: z.string().optional(),
  chosen: z.string().optional(),
  rejected: z.string().optional(),
  task: z.string().optional(),
  difficulty: z.number().optional(),
});

const MAX_ROW_BYTES = 16 * 2 ** 20;
const CHUNK_BYTES = 1 << 20;

/** @throws LabError `file/missing`; rows are checked when they are read: `dataset/bad-row`, `image/*` */
export function jsonlSource(path: string): ItemSource {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new LabError('file/missing', `no data file at ${path}`, { hint: 'give a JSONL file' });
  }
  const rows = indexLines(path);
  return {
    count: rows.length,
    async at(index) {
      const row = rows[index];
      if (row === undefined) throw new RangeError(`no row ${index}`);
      return readItem(path, index, row);
    },
  };
}

interface LineSpan {
  readonly start: number;
  readonly end: number;
}

function indexLines(path: string): LineSpan[] {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const spans: LineSpan[] = [];
  let start = 0;
  let position = 0;
  /** Whether the line so far holds more than white space. */
  let isFilled = false;
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      for (let i = 0; i < read; i++) {
        const byte = chunk[i] ?? 0;
        if (byte > 0x20) isFilled = true;
        if (byte !== 0x0a) continue;
        if (isFilled) spans.push({ start, end: position + i });
        start = position + i + 1;
        isFilled = false;
      }
      position += read;
    }
  } finally {
    closeSync(file);
  }
  if (isFilled) spans.push({ start, end: position });
  return spans;
}

async function readItem(path: string, index: number, span: LineSpan): Promise<Item> {
  const bad = (problem: string, cause?: unknown) =>
    new LabError('dataset/bad-row', `${path}, row ${index + 1}: ${problem}`, { cause });
  if (span.end - span.start > MAX_ROW_BYTES) throw bad(`longer than ${MAX_ROW_BYTES} bytes`);
  const bytes = Buffer.alloc(span.end - span.start);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, span.start);
  } finally {
    closeSync(file);
  }
  let json: unknown;
  try {
    // Some editors begin a file with a byte order mark.
    json = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw bad('expected one JSON object', cause);
  }
  const parsed = rowSchema.safeParse(json);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error));
  const row = parsed.data;
  const sample = row.world === undefined ? undefined : worldItem(row.world, bad);
  const question = row.prompt ?? row.question ?? sample?.question;
  if (question === undefined) throw bad('expected a text in `prompt` or `question`');
  const answer = row.answer ?? row.solution;
  const judged =
    answer === undefined && sample !== undefined
      ? { answer: sample.answer, verifier: sample.verifier }
      : { answer: answer ?? '', verifier: { kind: 'exact', params: { text: answer ?? '' } } };
  return {
    id: row.id ?? sample?.id ?? String(index),
    question,
    ...(await shownBy(row, (name) => pathInside(path, name, bad), sample)),
    ...judged,
    ...(row.verifier === undefined ? {} : { verifier: row.verifier }),
    task: row.task ?? sample?.task ?? 'file',
    difficulty: row.difficulty ?? sample?.difficulty,
    completion: row.completion ?? row.chosen ?? sample?.completion,
    rejected: row.rejected ?? sample?.rejected,
  };
}

function worldItem(id: string, bad: (problem: string, cause: unknown) => LabError): Item {
  try {
    return toItem(sampleById(id));
  } catch (thrown) {
    throw bad(LabError.from(thrown).message, thrown);
  }
}

/** The pictures or frames a row names, else those of its sample of the starter world. */
async function shownBy(
  row: z.output<typeof rowSchema>,
  resolved: (name: string) => string,
  sample: Item | undefined,
): Promise<Pick<Item, 'images' | 'medium'>> {
  const isClip = row.frames.length > 0;
  const paths = isClip ? row.frames : row.images;
  if (paths.length === 0 && sample !== undefined) {
    return { images: sample.images, medium: sample.medium };
  }
  const images = await Promise.all(paths.map((name) => decodeImage(resolved(name))));
  return { images, medium: isClip ? 'video' : 'pictures' };
}

/** Data may name pictures in its own folder only, links included. */
function pathInside(file: string, name: string, bad: (problem: string) => LabError): string {
  if (name.includes('\0')) throw bad(`picture ${JSON.stringify(name)} is no file name`);
  const folder = dirname(resolve(file));
  const path = resolve(folder, name);
  const isOutside = (from: string, to: string) => relative(from, to).split(sep)[0] === '..';
  const leadsOut = () => existsSync(path) && isOutside(realpathSync(folder), realpathSync(path));
  if (isAbsolute(name) || isOutside(folder, path) || leadsOut())
    throw bad(`picture ${name} is outside ${folder}`);
  return path;
}
