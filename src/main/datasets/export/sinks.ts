/**
 * Files of rows. Comes in: rows, one by one. Goes out: a JSONL, JSON or CSV file, written as a stream.
 */

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Row } from './form.ts';

/** Takes rows to a file. */
export interface Sink {
  add(row: Row): Promise<void>;
  close(): Promise<void>;
}

abstract class TextSink implements Sink {
  readonly #stream: WriteStream;
  #error: unknown;

  constructor(path: string) {
    this.#stream = createWriteStream(path, { flags: 'wx' });
    // Kept until the next write, which throws it.
    this.#stream.on('error', (error) => {
      this.#error = error;
    });
  }

  abstract add(row: Row): Promise<void>;
  protected end(): string {
    return '';
  }

  protected async write(text: string): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
  }

  async close(): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    this.#stream.end(this.end());
    await finished(this.#stream);
  }
}

export class JsonlSink extends TextSink {
  add(row: Row): Promise<void> {
    return this.write(`${JSON.stringify(row)}\n`);
  }
}

/** One list, an element a line. */
export class JsonSink extends TextSink {
  #rows = 0;

  add(row: Row): Promise<void> {
    return this.write(`${this.#rows++ === 0 ? '[\n' : ',\n'}${JSON.stringify(row)}`);
  }

  protected override end(): string {
    return this.#rows === 0 ? '[]\n' : '\n]\n';
  }
}

export class CsvSink extends TextSink {
  readonly #columns: readonly string[];
  #isStarted = false;

  constructor(path: string, columns: readonly string[]) {
    super(path);
    this.#columns = columns;
  }

  async add(row: Row): Promise<void> {
    await this.#start();
    await this.write(`${this.#columns.map((name) => csvCell(row[name])).join(',')}\r\n`);
  }

  override async close(): Promise<void> {
    await this.#start();
    await super.close();
  }

  async #start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    await this.write(`${this.#columns.map(csvCell).join(',')}\r\n`);
  }
}

/** A spreadsheet runs a text that starts like this. */
const FORMULA = /^[\s]*[=+\-@\t\r|%]/;
const PLAIN_NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*%?$/;

/** A cell as text: formulas are made plain by a quote in front, as spreadsheets do it themselves. */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  let text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  if (FORMULA.test(text) && !PLAIN_NUMBER.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}
