/**
 * How busy machine and lab are. Rooms provide their part (`status.provide('queue', ...)`), the system
 * provides cores, memory and disk; a part nobody provides has a quiet default.
 */
import { statfs } from 'node:fs/promises';
import { cpus, freemem, totalmem } from 'node:os';
import type { Alarm, DeviceStatus, QueueStatus, SystemStatus } from '../../shared/model/system.ts';
import { type EngineProcess, engineStatusOf } from './engine-processes.ts';

interface Parts {
  /** Engine processes of one room; several rooms may have some. */
  readonly processes: readonly EngineProcess[];
  readonly device: DeviceStatus | null;
  readonly queue: QueueStatus;
  /** Of one room; several rooms may provide theirs. */
  readonly alarms: readonly Alarm[];
}
type Provider<K extends keyof Parts> = () => Parts[K];

interface CoreTime {
  readonly busy: number;
  readonly total: number;
}

export class Status {
  readonly #workspace: string;
  readonly #savedAt: () => string | null;
  readonly #processes: Provider<'processes'>[] = [];
  #device: Provider<'device'> = () => null;
  #queue: Provider<'queue'> = () => ({ waiting: 0, running: null, isPaused: false });
  readonly #alarms: Provider<'alarms'>[] = [];
  #cores = coreTimes();

  constructor(options: { readonly workspace: string; readonly savedAt: () => string | null }) {
    this.#workspace = options.workspace;
    this.#savedAt = options.savedAt;
  }

  /** Says who knows a part. Must be quick: windows ask every second. */
  provide<K extends keyof Parts>(part: K, provider: Provider<K>): void {
    const set: { [P in keyof Parts]: (provider: Provider<P>) => void } = {
      processes: (given) => void this.#processes.push(given),
      device: (given) => {
        this.#device = given;
      },
      queue: (given) => {
        this.#queue = given;
      },
      alarms: (given) => void this.#alarms.push(given),
    };
    set[part](provider);
  }

  async read(): Promise<SystemStatus> {
    const disk = await statfs(this.#workspace).catch(() => undefined);
    return {
      engine: await engineStatusOf(this.#processes.flatMap((provider) => provider())),
      device: this.#device(),
      load: this.#load(),
      memory: {
        rssBytes: process.memoryUsage.rss(),
        freeBytes: freemem(),
        totalBytes: totalmem(),
      },
      disk:
        disk === undefined
          ? null
          : { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
      queue: this.#queue(),
      alarms: this.#alarms.flatMap((provider) => provider()),
      savedAt: this.#savedAt(),
      at: new Date().toISOString(),
    };
  }

  /** Share of each core that was busy since the last reading. */
  #load(): number[] {
    const before = this.#cores;
    const now = coreTimes();
    this.#cores = now;
    return now.map(({ busy, total }, core) => {
      const spent = total - (before[core]?.total ?? 0);
      return spent <= 0 ? 0 : Math.min(1, Math.max(0, (busy - (before[core]?.busy ?? 0)) / spent));
    });
  }
}

function coreTimes(): CoreTime[] {
  return cpus().map(({ times }) => {
    const total = times.user + times.nice + times.sys + times.irq + times.idle;
    return { busy: total - times.idle, total };
  });
}
