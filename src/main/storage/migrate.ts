/**
 * Brings a database file to the newest schema. A numbered list comes in, `PRAGMA user_version` says
 * how far the file is; every step runs in a transaction of its own, so that a step that fails leaves
 * the file at the step before. A file that is newer than the list is not touched.
 */
import { LabError } from '../../shared/errors.ts';
import type { Database } from './database.ts';

/** One step of the schema. Ids are contiguous from 1; a published step never changes. */
export interface Migration {
  readonly id: number;
  readonly name: string;
  up(db: Database): void;
}

export interface MigrateOptions {
  /** What the file is called in messages. */
  readonly what: string;
  /** Called once before a file that has content is upgraded; keeps a copy of it. */
  readonly keepCopy?: (version: number) => void;
}

/** Version of the schema in the file; 0 = empty. */
export function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * @returns the version before and after.
 * @throws LabError `workspace/invalid` for a file newer than the list; `internal` for a list with gaps.
 */
export function migrate(
  db: Database,
  migrations: readonly Migration[],
  options: MigrateOptions,
): { readonly from: number; readonly to: number } {
  assertContiguous(migrations);
  const from = schemaVersion(db);
  const to = migrations.length;
  if (from > to) {
    throw new LabError(
      'workspace/invalid',
      `[${options.what}] schema version ${from} is newer than ${to}, the newest this version knows`,
      { hint: 'Open it with the newer Rationale that wrote it; nothing was changed.' },
    );
  }
  if (from === to) return { from, to };
  if (from > 0) options.keepCopy?.(from);
  // A table can only be rebuilt with foreign keys off, and the switch has no effect inside a transaction.
  db.pragma('foreign_keys = OFF');
  try {
    for (const migration of migrations.slice(from)) apply(db, migration, options.what);
  } finally {
    db.pragma('foreign_keys = ON');
  }
  return { from, to };
}

function apply(db: Database, migration: Migration, what: string): void {
  db.transaction(() => {
    migration.up(db);
    const broken: unknown = db.pragma('foreign_key_check');
    if (Array.isArray(broken) && broken.length > 0) {
      throw new LabError(
        'workspace/corrupt',
        `[${what}] step ${migration.id} (${migration.name}) would leave ${broken.length} rows that point at nothing`,
      );
    }
    db.pragma(`user_version = ${migration.id}`);
  }).immediate();
}

function assertContiguous(migrations: readonly Migration[]): void {
  migrations.forEach((migration, index) => {
    if (migration.id === index + 1) return;
    throw new LabError(
      'internal',
      `[migrations] ${migration.name} has id ${migration.id}, its place in the list is ${index + 1}`,
    );
  });
}
