/**
 * What main itself has to say about a run: crashes, restarts, who stopped it. One line each in
 * lab.jsonl of the run folder, beside the engine's events.jsonl, so that the story of a run moves with
 * its folder. The last lines of its process are beside it, in lab.log.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type JsonObject, jsonObject } from '../../shared/json.ts';

export const labEvent = z.object({ at: z.number(), kind: z.string(), data: jsonObject });

export type LabEventKind = 'crashed' | 'restarted' | 'interrupted' | 'killed' | 'imported';

/** A run whose folder is gone takes no note. */
export function noteLabEvent(folder: string, kind: LabEventKind, data: JsonObject): void {
  if (!existsSync(folder)) return;
  appendFileSync(join(folder, 'lab.jsonl'), `${JSON.stringify({ at: Date.now(), kind, data })}\n`);
}

export function writeLog(folder: string, lines: readonly string[]): void {
  if (existsSync(folder))
    writeFileSync(join(folder, 'lab.log'), lines.map((line) => `${line}\n`).join(''));
}

/** None for a run that another process wrote. */
export function readLog(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'lab.log'), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
