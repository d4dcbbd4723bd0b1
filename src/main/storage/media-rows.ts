/** Statements over `media`: one row per content that should lie in the media folder. */
import type { MediaRef, MediaType } from '../../shared/model/media.ts';
import type { Database } from './database.ts';

interface MediaRow {
  readonly sha256: string;
  readonly type: MediaType;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
}

export function mediaRows(db: Database) {
  const get = db.prepare<[string], MediaRow>('SELECT * FROM media WHERE sha256 = ?');
  const all = db.prepare<[], MediaRow>('SELECT * FROM media ORDER BY sha256');
  const has = db.prepare<[string]>('SELECT 1 FROM media WHERE sha256 = ?');
  const remove = db.prepare<[string]>('DELETE FROM media WHERE sha256 = ?');
  const insert = db.prepare<[MediaRow & { created_at: string }]>(
    `INSERT INTO media (sha256, type, bytes, width, height, seconds, created_at)
     VALUES (@sha256, @type, @bytes, @width, @height, @seconds, @created_at)
     ON CONFLICT (sha256) DO NOTHING`,
  );
  const addAll = db.transaction((refs: readonly MediaRef[]) => {
    const created_at = new Date().toISOString();
    for (const ref of refs) {
      const { width = null, height = null, seconds = null } = ref;
      insert.run({ ...ref, width, height, seconds, created_at });
    }
  });
  return {
    get: (sha256: string) => {
      const row = get.get(sha256);
      return row === undefined ? undefined : refOf(row);
    },
    has: (sha256: string) => has.get(sha256) !== undefined,
    all: () => all.all().map(refOf),
    remove: (sha256: string) => void remove.run(sha256),
    add: (refs: readonly MediaRef[]) => addAll(refs),
  };
}

function refOf({ sha256, type, bytes, width, height, seconds }: MediaRow): MediaRef {
  return {
    sha256,
    type,
    bytes,
    ...(width === null ? {} : { width }),
    ...(height === null ? {} : { height }),
    ...(seconds === null ? {} : { seconds }),
  };
}
