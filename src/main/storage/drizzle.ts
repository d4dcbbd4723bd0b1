/**
 * Drizzle's typed view of a database handle. Apart from database.ts because loading Drizzle takes longer
 * than starting a worker thread, and the workers read with plain statements.
 */
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { Database } from './database.ts';

export function drizzleOf<S extends Record<string, unknown>>(
  db: Database,
  schema: S,
): BetterSQLite3Database<S> {
  return drizzle(db, { schema });
}
