/**
 * What main itself has to say about a run: crashes, restarts, who stopped it. One line each in
 * lab.jsonl of the run folder, beside the engine's events.jsonl, so that the story of a run moves with
 * its folder.
 */
import { appendFileSync, existsSync } from 'node:fs';
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
