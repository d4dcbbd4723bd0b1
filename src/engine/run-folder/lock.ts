/**
 * One process at a time writes a run. A folder comes in, a lock file that names its holder (process
 * id and start time, so that a recycled id is not mistaken for the holder) goes out. The lock of a
 * process that is gone is stale and is taken over.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';

const holderSchema = z.object({
  pid: z.int(),
  /** Opaque; equal for the same process, different for a later one with the same id. */
  startedAt: z.string(),
  host: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

const LOCK_FILE = 'lock';

export interface RunLock {
  release(): void;
}

/**
 * Takes the lock of a run folder.
 * @throws LabError `run/locked` while another live process holds it.
 */
export function takeLock(folder: string): RunLock {
  const path = join(folder, LOCK_FILE);
  const mine: Holder = {
    pid: process.pid,
    startedAt: processStart(process.pid) ?? 'unknown',
    host: hostname(),
  };
  // Two rounds: the second follows the removal of a stale lock.
  for (let round = 0; round < 2; round++) {
    try {
      createWhole(path, `${JSON.stringify(mine)}\n`);
      return { release: () => rmSync(path, { force: true }) };
    } catch (cause) {
      if (!isExisting(cause)) throw cause;
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw lockedBy(folder, holder);
    removeStale(path);
  }
  throw new LabError('run/locked', `[run] ${folder} was locked by another process just now`, {
    hint: 'Wait for that process to end.',
  });
}

/** True while a live process holds the run. */
export function isLocked(folder: string): boolean {
  const holder = readHolder(join(folder, LOCK_FILE));
  return holder !== undefined && isAlive(holder);
}

function lockedBy(folder: string, holder: Holder): LabError {
  return new LabError(
    'run/locked',
    `[run] ${folder} is being written by process ${holder.pid} on ${holder.host}`,
    { hint: `Wait for it to end, or stop it first (kill ${holder.pid}).` },
  );
}

/** Only one of several processes wins the rename, so a fresh lock is never removed twice over. */
function removeStale(path: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another process was faster; the next round meets its lock.
  }
}

/** Creates a file with its content in one step, so that nobody ever reads half a lock. */
function createWhole(path: string, text: string): void {
  const draft = `${path}.draft-${process.pid}`;
  writeFileSync(draft, text, { flush: true });
  try {
    linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A lock file that does not read as one was damaged by hand: nobody can be asked about it. */
function readHolder(path: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  // A process elsewhere (network folder) cannot be asked: believe the file.
  if (holder.host !== hostname()) return true;
  const startedAt = processStart(holder.pid);
  return startedAt !== undefined && startedAt === holder.startedAt;
}

/** Start time of a live process in whatever unit the system has; undefined when there is none. */
function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the name in brackets and may hold blanks; field 22 counts from there.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return undefined;
      return fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function isExisting(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
