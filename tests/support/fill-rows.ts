/**
 * A dataset without an import: samples come in, a finished rows.sqlite of the documented schema goes
 * out. For tests of what reads datasets; the import room has its own tests.
 */

import { createRowsFile, PROMPT_CHARS, writeMeta } from '../../src/main/datasets/rows-file.ts';
import type { ColumnInfo, Scalar } from '../../src/shared/model/dataset.ts';
import { encodeSample, promptText, type Sample } from '../../src/shared/model/sample.ts';

export interface FillColumn extends Pick<ColumnInfo, 'title' | 'kind'> {
  readonly pick: (sample: Sample, row: number) => Scalar;
}

/** Derived columns c0..c7 are filled from the sample; `columns` become c8, c9, .. */
export function fillRows(
  folder: string,
  samples: Iterable<Sample>,
  columns: readonly FillColumn[] = [],
): number {
  const db = createRowsFile(folder);
  const first = 8;
  columns.forEach(({ title, kind }, index) => {
    const name = `c${first + index}`;
    db.exec(`ALTER TABLE rows ADD COLUMN ${name}`);
    db.prepare('INSERT INTO columns VALUES (?, ?, ?, ?, NULL, 0)').run(
      ...[first + index, name, title, kind],
    );
  });
  const marks = Array.from({ length: 6 + first + columns.length }, () => '?').join(', ');
  const addRow = db.prepare(`INSERT INTO rows VALUES (${marks})`);
  const addSample = db.prepare('INSERT INTO samples VALUES (?, ?)');
  const addText = db.prepare(
    'INSERT INTO search (rowid, prompt, completion, answer, key) VALUES (?, ?, ?, ?, ?)',
  );
  let row = 0;
  db.transaction(() => {
    for (const sample of samples) {
      const prompt = promptText(sample);
      const [image] = sample.images;
      addRow.run(
        ...[row, sample.key, prompt.slice(0, PROMPT_CHARS), sample.answer],
        ...[image?.sha256 ?? null, sample.images.length, prompt.length],
        ...[sample.completion?.length ?? null, image?.width ?? null, image?.height ?? null],
        ...[Number(sample.completion !== null), sample.task, sample.difficulty, 'rows.jsonl'],
        ...columns.map(({ pick }) => stored(pick(sample, row))),
      );
      addSample.run(row, encodeSample(sample));
      addText.run(row, prompt, sample.completion ?? '', sample.answer ?? '', sample.key);
      row += 1;
    }
    writeMeta(db, 'state', 'finished');
    writeMeta(db, 'rows', row);
  })();
  db.close();
  return row;
}

function stored(value: Scalar): string | number | null {
  return typeof value === 'boolean' ? Number(value) : value;
}
