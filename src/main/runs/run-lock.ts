/**
 * Whether a live process writes a run. A run folder comes in; its lock file names a process id, that
 * process's start and its host (src/engine/run-folder/lock.ts writes it).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const holderSchema = z.object({ pid: z.int(), startedAt: z.string(), host: z.string() });
export type LockHolder = z.infer<typeof holderSchema>;

/** The live process that holds the run, or undefined. */
export function lockHolder(folder: string): LockHolder | undefined {
  let holder: LockHolder;
  try {
    holder = holderSchema.parse(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')));
  } catch {
    return undefined;
  }
  // A process elsewhere (network folder) cannot be asked: believe the file.
  if (holder.host !== hostname()) return holder;
  return processStart(holder.pid) === holder.startedAt ? holder : undefined;
}

/** Start of a live process in whatever unit the system has; undefined when there is none. */
function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the name in brackets and may hold blanks; field 22 counts from there.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
