/**
 * How often a run got a row right. Comes in: the index of runs and a run's id. Goes out: for every row
 * that was sampled, the share of right completions at its last visit, under the row's key.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openDatabase } from '../../storage/database.ts';

/** A column to be: its name and title, and the rate by key. */
export interface PassRates {
  readonly name: string;
  readonly title: string;
  readonly rates: ReadonlyMap<string, number>;
}

const group = z.object({ row: z.string(), right: z.int(), size: z.int() });

/** @returns the rates; empty where the run is not known or judged nothing */
export function readPassRates(workspace: string, run: string): Map<string, number> {
  const rates = new Map<string, number>();
  const file = join(workspace, 'index.sqlite');
  if (!existsSync(file)) return rates;
  const db = openDatabase(file, { synchronous: 'NORMAL', readonly: true });
  try {
    const groups = db
      .prepare(
        `SELECT row, right, size FROM rollout_group
         WHERE rid = (SELECT rid FROM run WHERE id = ?) AND right IS NOT NULL AND size > 0
         ORDER BY step`,
      )
      .all(run);
    // A later step takes the place of an earlier one.
    for (const row of groups) {
      const { row: key, right, size } = group.parse(row);
      rates.set(key, right / size);
    }
    return rates;
  } finally {
    db.close();
  }
}
