/**
 * What the engine processes of this lab do together: the processes come in, one state, what they work
 * on and their memory go out.
 */
import { readFile } from 'node:fs/promises';
import type { EngineStatus } from '../../shared/model/system.ts';
import type { EnginePools } from '../engine/pools.ts';

export interface EngineProcess {
  readonly state: EngineStatus['state'];
  /** What it works on, in words; null = nothing. */
  readonly job: string | null;
  readonly pid: number | undefined;
}

/** The worst and busiest word wins: a failed engine is what a person must see. */
const ORDER: readonly EngineStatus['state'][] = ['failed', 'busy', 'starting', 'idle'];

export async function engineStatusOf(processes: readonly EngineProcess[]): Promise<EngineStatus> {
  const state = ORDER.find((word) => processes.some((one) => one.state === word)) ?? 'idle';
  const jobs = processes.flatMap(({ job }) => job ?? []);
  const sizes = await Promise.all(processes.map(({ pid }) => rssOf(pid)));
  const known = sizes.filter((bytes) => bytes !== null);
  return {
    state,
    job: jobs.length === 0 ? null : jobs.join(', '),
    rssBytes: known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** The warm engines as processes. */
export function poolProcesses(pools: EnginePools): EngineProcess[] {
  return Object.values(pools.status()).map(({ state, job, pid }) => ({
    state: state === 'busy' ? 'busy' : state === 'down' ? 'failed' : 'idle',
    job: job ?? null,
    pid,
  }));
}

/** Resident memory as Linux tells it; null elsewhere, and of a process that has ended. */
async function rssOf(pid: number | undefined): Promise<number | null> {
  if (pid === undefined) return null;
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? null : Number(kib) * 1024;
}
