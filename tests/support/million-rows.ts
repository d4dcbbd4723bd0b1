/**
 * A large JSONL file of text rows, about 300 bytes each. From the command line: path and number of
 * rows; from a test: {@link writeManyRows}. The same numbers give the same file.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

const WORDS = (
  'angle area bar box circle count cube curve edge face graph grid height length line mean number ' +
  'perimeter point radius ratio rectangle red row segment shape side square sum triangle volume width'
).split(' ');
const TASKS = ['chart', 'counting', 'geometry', 'reading', 'spatial'];
const SOURCES = ['clevr', 'geoqa', 'mathvista', 'own'];

/** Rows written at a time. */
const BATCH = 10_000;

/** @param path file to write; @param rows how many */
export function writeManyRows(path: string, rows: number): void {
  const file = openSync(path, 'w');
  try {
    for (let start = 0; start < rows; start += BATCH) {
      const lines: string[] = [];
      for (let i = start; i < Math.min(rows, start + BATCH); i++) lines.push(manyRow(i));
      writeSync(file, `${lines.join('\n')}\n`);
    }
  } finally {
    closeSync(file);
  }
}

/** Row number `i` as JSON text. */
export function manyRow(i: number): string {
  // A small generator of its own: Math.random would give another file each time.
  let state = (i * 2_654_435_761 + 12_345) >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = Array.from({ length: 20 }, () => WORDS[next(WORDS.length)]);
  const answer = String(next(1000));
  return JSON.stringify({
    id: `row-${i}`,
    prompt: `Question ${i}: what is the ${words.slice(0, 12).join(' ')}?`,
    completion: `<think>${words.slice(12).join(' ')}</think><answer>${answer}</answer>`,
    answer,
    task: TASKS[next(TASKS.length)],
    difficulty: next(10),
    source: SOURCES[next(SOURCES.length)],
    score: next(10_000) / 10_000,
    reviewed: next(2) === 1,
  });
}

if (import.meta.main) {
  const [path, rows] = process.argv.slice(2);
  if (path === undefined) throw new Error('usage: million-rows.ts PATH [ROWS]');
  writeManyRows(path, Number(rows ?? 1_000_000));
}
