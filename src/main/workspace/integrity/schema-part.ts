/** Does workspace.sqlite have the tables and columns that this version expects? */
import type { Finding } from '../../../shared/model/workspace.ts';
import type { Database } from '../../storage/database.ts';
import { schemaVersion } from '../../storage/migrate.ts';
import { migrations } from '../../storage/migrations/index.ts';
import { found, type IntegrityPart } from './part.ts';

const PART = 'schema';

export function schemaPart(db: Database): IntegrityPart {
  return {
    id: PART,
    async check() {
      const findings: Finding[] = [];
      const version = schemaVersion(db);
      if (version !== migrations.length) {
        const what = `schema version ${version}, expected ${migrations.length}`;
        findings.push(found(PART, 'bad', what));
      }
      // Loaded when asked for: it would be the largest part of what the app loads when it starts.
      const { getTableConfig } = await import('drizzle-orm/sqlite-core');
      const { schema } = await import('../../storage/schema/index.ts');
      const tables = Object.values(schema).map((table) => getTableConfig(table));
      for (const { name, columns } of tables) {
        const there = columnsOf(db, name);
        const missing = columns.filter((column) => !there.has(column.name));
        if (there.size === 0) findings.push(found(PART, 'bad', `the table ${name} is missing`));
        else if (missing.length > 0) {
          const names = missing.map((column) => column.name).join(', ');
          findings.push(found(PART, 'bad', `the table ${name} lacks ${names}`));
        }
      }
      return { findings, counted: { tables: tables.length } };
    },
  };
}

function columnsOf(db: Database, table: string): Set<string> {
  const rows = db
    .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
    .all(table);
  return new Set(rows.map(({ name }) => name));
}
