/** What is known of the machine and the process without asking the engine. */
import { availableParallelism, hostname, platform, release, totalmem } from 'node:os';
import type { SystemInfo } from '../../shared/model/system.ts';
import { PRODUCT_VERSION } from '../../shared/product.ts';
import { configFolder } from './places.ts';

const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();

export function infoOf(caller: Pick<SystemInfo, 'host' | 'canMakeLink'>): SystemInfo {
  return {
    version: PRODUCT_VERSION,
    node: process.versions.node,
    system: `${platform()} ${release()} ${process.arch}`,
    ...caller,
    hostname: hostname(),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    configFolder: configFolder(),
    startedAt,
  };
}
