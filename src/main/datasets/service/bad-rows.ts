/** Rows that an import could not read. Comes in: a dataset folder and a page. Goes out: reasons. */
import { z } from 'zod';
import type { BadRow } from '../../../shared/model/dataset.ts';
import { openRowsFile } from '../rows-file.ts';

const record = z.object({
  source: z.int().nullable(),
  file: z.string(),
  line: z.int().nullable(),
  reason: z.string(),
  excerpt: z.string(),
});

export function readBadRows(
  folder: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): { rows: BadRow[]; total: number } {
  const db = openRowsFile(folder);
  try {
    const rows = db
      .prepare(
        'SELECT source, file, line, reason, excerpt FROM bad_rows ORDER BY position LIMIT ? OFFSET ?',
      )
      .all(limit, offset)
      .map((row) => {
        const { source, ...rest } = record.parse(row);
        return { row: source, ...rest };
      });
    const total = Number(db.prepare('SELECT count(*) FROM bad_rows').pluck().get());
    return { rows, total };
  } finally {
    db.close();
  }
}
