/** The two tables of text by key (`meta`, `setting`): reads all, writes several in one transaction. */
import type { Database } from './database.ts';

export interface KeyValues {
  get(key: string): string | undefined;
  all(): Map<string, string>;
  set(entries: readonly (readonly [string, string])[]): void;
}

export function keyValues(db: Database, table: 'meta' | 'setting'): KeyValues {
  const one = db.prepare<[string], { value: string }>(`SELECT value FROM ${table} WHERE key = ?`);
  const every = db.prepare<[], { key: string; value: string }>(`SELECT key, value FROM ${table}`);
  const put = db.prepare<[string, string]>(
    `INSERT INTO ${table} (key, value) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
  );
  return {
    get: (key) => one.get(key)?.value,
    all: () => new Map(every.all().map(({ key, value }) => [key, value])),
    set: db.transaction((entries: readonly (readonly [string, string])[]) => {
      for (const [key, value] of entries) put.run(key, value);
    }),
  };
}
