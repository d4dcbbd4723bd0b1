/**
 * Made rows in, filled tables of rows.sqlite out, one transaction a batch together with the position
 * that comes after it. Columns to filter by are added as the rows bring them.
 */
import type { ColumnInfo } from '../../../shared/model/dataset.ts';
import type { ColumnRole, Mapping } from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { encodeSample, promptText, type Sample, textOf } from '../../../shared/model/sample.ts';
import type { Database, Statement } from '../../storage/database.ts';
import {
  affinityOf,
  DERIVED_COLUMNS,
  MAX_COLUMNS,
  PROMPT_CHARS,
  readColumns,
  readMeta,
  writeMeta,
} from '../rows-file.ts';
import { type FacetValue, MAX_FACET_CHARS } from './columns.ts';
import type { GoodRow, MadeRow } from './make-rows.ts';

export interface WrittenBatch {
  readonly rows: readonly MadeRow[];
  /** Name of the file they are from, as it is shown. */
  readonly file: string;
  /** What a resumed import starts from. */
  readonly position: unknown;
  readonly notes: readonly string[];
}

const FIXED = 6;
const DERIVED = DERIVED_COLUMNS.length;

export class RowsWriter {
  readonly #db: Database;
  readonly #roles: ReadonlyMap<string, ColumnRole>;
  readonly #columns = new Map<string, number>();
  readonly #statements: Readonly<
    Record<'sample' | 'search' | 'media' | 'bad' | 'position', Statement>
  >;
  readonly #notes: Set<string>;
  #insertRow: Statement;
  #rows: number;
  #badRows: number;

  constructor(db: Database, mapping: Mapping | null) {
    this.#db = db;
    this.#roles = new Map((mapping?.columns ?? []).map(({ column, role }) => [column, role]));
    for (const [i, column] of readColumns(db).entries()) {
      if (!column.isDerived) this.#columns.set(column.title, i);
    }
    this.#statements = {
      sample: db.prepare('INSERT INTO samples VALUES (?, ?)'),
      search: db.prepare(
        'INSERT INTO search(rowid, prompt, completion, answer, key) VALUES (?, ?, ?, ?, ?)',
      ),
      media: db.prepare('INSERT OR IGNORE INTO media VALUES (?, ?, ?, ?, ?, ?)'),
      bad: db.prepare(
        'INSERT INTO bad_rows(source, file, line, reason, excerpt) VALUES (?, ?, ?, ?, ?)',
      ),
      position: db.prepare('INSERT OR REPLACE INTO progress VALUES (0, ?)'),
    };
    this.#insertRow = this.#prepareInsert();
    this.#rows = countOf(db, 'SELECT coalesce(max(row) + 1, 0) FROM rows');
    this.#badRows = countOf(db, 'SELECT count(*) FROM bad_rows');
    const notes = readMeta(db, 'notes');
    this.#notes = new Set(Array.isArray(notes) ? notes.map(String) : []);
  }

  get rows(): number {
    return this.#rows;
  }

  get badRows(): number {
    return this.#badRows;
  }

  get notes(): string[] {
    return [...this.#notes];
  }

  /** Size of the media that the rows name, each counted once. */
  mediaBytes(): number {
    return countOf(this.#db, 'SELECT coalesce(sum(bytes), 0) FROM media');
  }

  /** Several batches as a whole or not at all. */
  atomically(work: () => void): void {
    this.#db.transaction(work)();
  }

  /** Writes a batch as a whole or not at all. */
  write(batch: WrittenBatch): void {
    this.#db.transaction(() => {
      const known = this.#notes.size;
      for (const row of batch.rows) {
        if (row.kind === 'row') this.#writeRow(row, batch.file);
        else {
          const line = row.line === 0 ? null : row.line;
          this.#statements.bad.run(row.ordinal, batch.file, line, row.reason, row.excerpt);
          this.#badRows++;
        }
      }
      for (const note of batch.notes) this.#notes.add(note);
      if (this.#notes.size !== known) writeMeta(this.#db, 'notes', this.notes);
      this.#statements.position.run(JSON.stringify(batch.position));
    })();
  }

  #writeRow(row: GoodRow, file: string): void {
    const { sample } = row;
    const number = this.#rows++;
    for (const note of row.notes) this.#notes.add(note);
    for (const ref of mediaOf(sample)) this.#writeMedia(ref);
    const prompt = promptText(sample);
    // The width is known only after the facets have added their columns.
    const facets = this.#facetCells(row.facets);
    this.#insertRow.run(this.#cells(number, sample, prompt, file, facets));
    this.#statements.sample.run(number, encodeSample(sample));
    this.#statements.search.run(
      number,
      searchText(sample, prompt),
      sample.rejected === null
        ? sample.completion
        : `${sample.completion ?? ''}\n${sample.rejected}`,
      sample.answer,
      sample.key,
    );
  }

  #cells(
    number: number,
    sample: Sample,
    prompt: string,
    file: string,
    facets: readonly [number, string | number][],
  ): unknown[] {
    const cells = new Array<unknown>(FIXED + DERIVED + this.#columns.size).fill(null);
    const image = sample.images[0] ?? sample.videos[0]?.frames[0];
    cells[0] = number;
    cells[1] = sample.key;
    cells[2] = prompt.length > PROMPT_CHARS ? prompt.slice(0, PROMPT_CHARS) : prompt;
    cells[3] = sample.answer;
    cells[4] = image?.sha256 ?? null;
    cells[5] = sample.images.length;
    cells[6] = prompt.length;
    cells[7] = sample.completion?.length ?? null;
    cells[8] = image?.width ?? null;
    cells[9] = image?.height ?? null;
    cells[10] = sample.completion === null ? 0 : 1;
    cells[11] = sample.task;
    cells[12] = sample.difficulty;
    cells[13] = file;
    for (const [position, value] of facets) cells[FIXED + position] = value;
    return cells;
  }

  #facetCells(facets: readonly FacetValue[]): [number, string | number][] {
    const cells: [number, string | number][] = [];
    for (const { title, value } of facets) {
      const position = this.#columns.get(title) ?? this.#addColumn(title, value);
      if (position === null) continue;
      cells.push([position, typeof value === 'boolean' ? Number(value) : value]);
    }
    return cells;
  }

  /** @returns null when there are too many columns already. */
  #addColumn(title: string, value: FacetValue['value']): number | null {
    if (this.#columns.size >= MAX_COLUMNS || title.length > MAX_FACET_CHARS) {
      this.#notes.add(
        `Only the first ${MAX_COLUMNS} columns can be filtered by; the others are in the sample.`,
      );
      return null;
    }
    const position = DERIVED + this.#columns.size;
    const kind = kindOf(value);
    const name = `c${position}`;
    // The name is made of a number, never of what a file says.
    this.#db.exec(`ALTER TABLE rows ADD COLUMN ${name} ${affinityOf(kind)}`);
    this.#db
      .prepare('INSERT INTO columns VALUES (?, ?, ?, ?, ?, 0)')
      .run(position, name, title, kind, this.#roles.get(title) ?? null);
    this.#columns.set(title, position);
    this.#insertRow = this.#prepareInsert();
    return position;
  }

  #prepareInsert(): Statement {
    const places = new Array(FIXED + DERIVED + this.#columns.size).fill('?').join(', ');
    return this.#db.prepare(`INSERT INTO rows VALUES (${places})`);
  }

  #writeMedia(ref: MediaRef): void {
    const { sha256, type, bytes, width, height, seconds } = ref;
    this.#statements.media.run(sha256, type, bytes, width ?? null, height ?? null, seconds ?? null);
  }
}

function kindOf(value: FacetValue['value']): ColumnInfo['kind'] {
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'number' ? 'number' : 'category';
}

/** All turns of the prompt: a word of an earlier turn finds the row too. */
function searchText(sample: Sample, prompt: string): string {
  if (sample.messages.length <= 1) return prompt;
  return sample.messages.map((turn) => textOf(turn.content)).join('\n');
}

function mediaOf(sample: Sample): MediaRef[] {
  const { images, videos, audios } = sample;
  if (images.length + videos.length + audios.length === 0) return [];
  const clips = videos.flatMap(({ frames, file }) =>
    file === undefined ? frames : [...frames, file],
  );
  return [...images, ...clips, ...audios];
}

function countOf(db: Database, sql: string): number {
  return Number(db.prepare(sql).pluck().get());
}
