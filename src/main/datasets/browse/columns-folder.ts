/**
 * `datasets/<id>/columns/`: the columns of rows.sqlite as arrays in files, derived once when an import
 * is done. Comes in: an open rows.sqlite. Goes out: a reader that loads a column when it is first asked
 * for. The folder can be deleted at any time; it is made again.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { ColumnInfo, Scalar } from '../../../shared/model/dataset.ts';
import type { Database } from '../../storage/database.ts';
import { formOf } from '../answer-form.ts';
import { type ArrayColumn, type Binning, binNumbers, orderByRank, rankNumbers } from './columns.ts';

export const COLUMNS_FOLDER = 'columns';
/** Columns that were worked out later, such as pass rates of a run. */
export const COMPUTED_FOLDER = 'computed';
const FORMAT = 4;
/** A column with more different values is searched by SQL instead. */
const MAX_VALUES = 200_000;

interface Index {
  readonly format: number;
  readonly rows: number;
  readonly columns: Readonly<Record<string, Entry>>;
}
interface NumberEntry {
  readonly kind: 'numbers';
  readonly filled: number;
  readonly binning: Binning | null;
  /** Of a column that came later and stands in no table. */
  readonly title?: string;
}
type Entry = { readonly kind: 'codes'; readonly width: 1 | 2 | 4 } | NumberEntry;

/** Columns every dataset has beside those in its `columns` table. */
export const BUILT_IN: readonly ColumnInfo[] = [
  { name: 'image_count', title: 'images', kind: 'number', role: null, isDerived: true },
  { name: 'key', title: 'key', kind: 'text', role: 'id', isDerived: false },
  { name: 'prompt', title: 'prompt', kind: 'text', role: 'prompt', isDerived: false },
  { name: 'answer', title: 'answer', kind: 'text', role: 'answer', isDerived: false },
];

/** A column that is worked out from others and stands in no table. */
export const ANSWER_TYPE: ColumnInfo = {
  name: 'answer_type',
  title: 'answer_type',
  kind: 'category',
  role: null,
  isDerived: true,
};

/** What an answer looks like. */
export function answerType(answer: unknown): string | null {
  return typeof answer === 'string' && answer.trim() !== '' ? formOf(answer) : null;
}

/** Reads columns of the folder, each one once. */
export class ColumnsFolder {
  readonly rows: number;
  readonly #folder: string;
  readonly #entries: Readonly<Record<string, Entry>>;
  readonly #loaded = new Map<string, ArrayColumn>();

  private constructor(folder: string, index: Index) {
    this.#folder = folder;
    this.rows = index.rows;
    this.#entries = index.columns;
  }

  /** @returns undefined when there is no usable folder for that many rows. */
  static open(
    datasetFolder: string,
    rows: number,
    name: typeof COLUMNS_FOLDER | typeof COMPUTED_FOLDER = COLUMNS_FOLDER,
  ): ColumnsFolder | undefined {
    const folder = join(datasetFolder, name);
    const index = readIndex(folder);
    return index?.rows === rows ? new ColumnsFolder(folder, index) : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#entries, name);
  }

  /** The columns that have a title of their own. */
  titled(): ColumnInfo[] {
    return Object.entries(this.#entries).flatMap(([name, entry]): ColumnInfo[] => {
      if (entry.kind !== 'numbers' || entry.title === undefined) return [];
      return [{ name, title: entry.title, kind: 'number', role: null, isDerived: true }];
    });
  }

  /** @throws LabError `file/corrupt` */
  column(name: string): ArrayColumn | undefined {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const entry = Object.hasOwn(this.#entries, name) ? this.#entries[name] : undefined;
    if (entry === undefined) return undefined;
    const column = entry.kind === 'codes' ? this.#codes(name, entry) : this.#numbers(name, entry);
    this.#loaded.set(name, column);
    return column;
  }

  /** A saved row order that is not derived from an array column, such as that of a text. */
  order(name: string): Int32Array | undefined {
    const file = join(this.#folder, `${name}.order`);
    if (!existsSync(file)) return undefined;
    return new Int32Array(this.#bytes(`${name}.order`, 4));
  }

  saveOrder(name: string, order: Int32Array): void {
    const file = join(this.#folder, `${name}.order`);
    writeFileSync(`${file}.tmp`, bytesOf(order));
    renameSync(`${file}.tmp`, file);
  }

  #codes(name: string, { width }: Extract<Entry, { kind: 'codes' }>): ArrayColumn {
    const bytes = this.#bytes(`${name}.codes`, width);
    const codes =
      width === 1
        ? new Uint8Array(bytes)
        : width === 2
          ? new Uint16Array(bytes)
          : new Uint32Array(bytes);
    // Written beside the codes by writeColumns.
    const { values, totals } = JSON.parse(
      readFileSync(join(this.#folder, `${name}.json`), 'utf8'),
    ) as { values: Scalar[]; totals: number[] };
    return { kind: 'codes', codes, values, totals };
  }

  #numbers(name: string, entry: Extract<Entry, { kind: 'numbers' }>): ArrayColumn {
    return {
      kind: 'numbers',
      numbers: new Float64Array(this.#bytes(`${name}.numbers`, 8)),
      ascending: new Int32Array(this.#bytes(`${name}.ascending`, 4)),
      filled: entry.filled,
      binning: entry.binning,
    };
  }

  #bytes(file: string, width: number): ArrayBuffer {
    const bytes = readFileSync(join(this.#folder, file));
    if (bytes.length !== this.rows * width) {
      throw new LabError(
        'file/corrupt',
        `[columns] ${file} has ${bytes.length} bytes, expected ${this.rows * width}`,
        { hint: `Delete the folder ${this.#folder}: it is made again.` },
      );
    }
    // A buffer of its own, aligned for any element.
    return new Uint8Array(bytes).buffer;
  }
}

/** Makes the folder anew, in place only when it is whole. @returns how many rows it covers. */
export function writeColumns(db: Database, datasetFolder: string, columns: ColumnInfo[]): number {
  const rows = Number(db.prepare('SELECT count(*) FROM rows').pluck().get());
  const builders = [...BUILT_IN, ...columns]
    .filter(({ kind }) => kind !== 'text')
    .map((column) => builderOf(column, rows));
  const answers = codeBuilder(ANSWER_TYPE.name, ANSWER_TYPE.kind, rows);
  const selected = ['answer', ...builders.map(({ name }) => `"${name}"`)].join(', ');
  const statement = db.prepare(`SELECT ${selected} FROM rows ORDER BY row`).raw();
  let row = 0;
  // Raw rows are arrays of what SQLite stores.
  for (const values of statement.iterate() as Iterable<(string | number | null)[]>) {
    answers.add(row, answerType(values[0]));
    for (let i = 0; i < builders.length; i++) builders[i]?.add(row, values[i + 1] ?? null);
    row += 1;
  }
  const target = join(datasetFolder, COLUMNS_FOLDER);
  const draft = `${target}.${process.pid}.tmp`;
  // Drafts of a process that was stopped.
  for (const name of readdirSync(datasetFolder)) {
    if (/^columns\.\d+\.tmp$/.test(name)) rmSync(join(datasetFolder, name), { recursive: true });
  }
  mkdirSync(draft, { recursive: true });
  const entries: Record<string, Entry> = {};
  for (const builder of [...builders, answers]) {
    const entry = builder.write(draft);
    if (entry !== undefined) entries[builder.name] = entry;
  }
  const index: Index = { format: FORMAT, rows, columns: entries };
  writeIndex(draft, index);
  rmSync(target, { recursive: true, force: true });
  renameSync(draft, target);
  return rows;
}

interface Builder {
  readonly name: string;
  add(row: number, value: string | number | null): void;
  /** @returns undefined when the column is not worth an array. */
  write(folder: string): Entry | undefined;
}

function builderOf({ name, kind }: ColumnInfo, rows: number): Builder {
  return kind === 'number' ? numberBuilder(name, rows) : codeBuilder(name, kind, rows);
}

function numberBuilder(name: string, rows: number): Builder {
  const numbers = new Float64Array(rows).fill(Number.NaN);
  return {
    name,
    add(row, value) {
      if (typeof value === 'number') numbers[row] = value;
    },
    write: (folder) => writeNumbers(folder, name, numbers),
  };
}

function writeNumbers(folder: string, name: string, numbers: Float64Array): NumberEntry {
  const { ranks, rankCount, filled } = rankNumbers(numbers);
  const ascending = orderByRank(ranks, rankCount);
  writeFileSync(join(folder, `${name}.numbers`), bytesOf(numbers));
  writeFileSync(join(folder, `${name}.ascending`), bytesOf(ascending));
  return { kind: 'numbers', filled, binning: binNumbers(numbers, ascending, filled) };
}

/** Adds a column of numbers to the computed ones, or puts another one in its place. */
export function addComputed(
  datasetFolder: string,
  { name, title }: { readonly name: string; readonly title: string },
  numbers: Float64Array,
): void {
  const folder = join(datasetFolder, COMPUTED_FOLDER);
  mkdirSync(folder, { recursive: true });
  const entry: Entry = { ...writeNumbers(folder, name, numbers), title };
  const columns = { ...computedEntries(folder, numbers.length), [name]: entry };
  writeIndex(folder, { format: FORMAT, rows: numbers.length, columns });
}

export function removeComputed(datasetFolder: string, name: string): void {
  const folder = join(datasetFolder, COMPUTED_FOLDER);
  const index = readIndex(folder);
  if (index === undefined) return;
  const { [name]: _, ...columns } = index.columns;
  writeIndex(folder, { ...index, columns });
  for (const ending of ['numbers', 'ascending'])
    rmSync(join(folder, `${name}.${ending}`), { force: true });
}

function computedEntries(folder: string, rows: number): Index['columns'] {
  const index = readIndex(folder);
  return index !== undefined && index.rows === rows ? index.columns : {};
}

function writeIndex(folder: string, index: Index): void {
  const file = join(folder, 'index.json');
  writeFileSync(`${file}.tmp`, JSON.stringify(index));
  renameSync(`${file}.tmp`, file);
}

/** @returns undefined for a folder that is not there, damaged or of another version */
function readIndex(folder: string): Index | undefined {
  const file = join(folder, 'index.json');
  if (!existsSync(file)) return undefined;
  try {
    // Written by writeIndex; a damaged one counts as none.
    const index = JSON.parse(readFileSync(file, 'utf8')) as Index;
    return index.format === FORMAT ? index : undefined;
  } catch {
    return undefined;
  }
}

function codeBuilder(name: string, kind: ColumnInfo['kind'], rows: number): Builder {
  const found = new Map<string | number | null, number>();
  const totals: number[] = [];
  const draft = new Uint32Array(rows);
  let isTooMany = false;
  return {
    name,
    add(row, value) {
      if (isTooMany) return;
      let code = found.get(value);
      if (code === undefined) {
        code = found.size;
        found.set(value, code);
        totals.push(0);
        isTooMany = found.size > MAX_VALUES;
      }
      draft[row] = code;
      totals[code] = (totals[code] ?? 0) + 1;
    },
    write(folder) {
      if (isTooMany) return undefined;
      const values = [...found.keys()];
      const byCount = values.map((_, code) => code);
      byCount.sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
      const codeOf = new Uint32Array(values.length);
      byCount.forEach((old, code) => {
        codeOf[old] = code;
      });
      const width = values.length <= 0x100 ? 1 : values.length <= 0x10000 ? 2 : 4;
      const codes = new (width === 1 ? Uint8Array : width === 2 ? Uint16Array : Uint32Array)(rows);
      for (let row = 0; row < rows; row++) codes[row] = codeOf[draft[row] ?? 0] ?? 0;
      writeFileSync(join(folder, `${name}.codes`), bytesOf(codes));
      const named = byCount.map((code) => scalarOf(values[code] ?? null, kind));
      const counts = byCount.map((code) => totals[code] ?? 0);
      writeFileSync(
        join(folder, `${name}.json`),
        JSON.stringify({ values: named, totals: counts }),
      );
      return { kind: 'codes', width };
    },
  };
}

/** SQLite has no booleans: 0 and 1 of a boolean column are false and true. */
export function scalarOf(value: string | number | null, kind: ColumnInfo['kind']): Scalar {
  return kind === 'boolean' && (value === 0 || value === 1) ? value === 1 : value;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
