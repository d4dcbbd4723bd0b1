/** Lists what a room's folder defines, for tests that compare it with the room's roll-call. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENGINE = fileURLToPath(new URL('../../src/engine/', import.meta.url));

/** Names (without `.ts`) of the files under `room` whose source calls or matches `marker`. */
export function definitionsIn(room: string, marker: RegExp): string[] {
  const folder = join(ENGINE, room);
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'define.ts')
    .filter((entry) => marker.test(readFileSync(join(entry.parentPath, entry.name), 'utf8')))
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort();
}
