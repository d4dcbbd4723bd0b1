/**
 * One subject of the integrity check. Rooms add their own: `check` looks and changes nothing; `repair`
 * mends what it can without losing anything a person made.
 */
import type { JsonObject } from '../../../shared/json.ts';
import type { Finding } from '../../../shared/model/workspace.ts';

export interface PartReport {
  readonly findings: readonly Finding[];
  /** What was looked at, for the person to judge by. */
  readonly counted: Readonly<Record<string, number>>;
}

export interface PartRepair {
  /** What was done, one sentence each. */
  readonly done: readonly string[];
  /** Rows that were taken out of a database; they are written to a file first. */
  readonly removed: readonly RemovedRow[];
}

export interface RemovedRow {
  readonly table: string;
  readonly row: JsonObject;
}

export interface IntegrityPart {
  /** As findings name it: 'media', 'trash'. */
  readonly id: string;
  /** @param isFull everything is read, not a sample */
  check(isFull: boolean): Promise<PartReport>;
  /**
   * Mends what a fresh look finds.
   * @param keep writes rows down before they are taken out
   */
  repair?(keep: (rows: readonly RemovedRow[]) => Promise<void>): Promise<PartRepair>;
}

/** What a person reads about something that is not as it should be. */
export function found(
  part: string,
  severity: Finding['severity'],
  what: string,
  more: { readonly path?: string; readonly repair?: string | null } = {},
): Finding {
  return { part, severity, what, path: more.path ?? null, repair: more.repair ?? null };
}
