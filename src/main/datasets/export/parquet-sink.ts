/**
 * A parquet file. Comes in: rows and what their columns hold. Goes out: row groups of a bounded size
 * with the Hugging Face feature types beside, so that pictures are pictures there.
 */

import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnKind, Row } from './form.ts';
import type { Sink } from './sinks.ts';

/** The writer brings its own version of the reader's types. */
type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Rows of a group, and bytes of pictures after which a group ends early. */
const GROUP_ROWS = 2000;
const GROUP_BYTES = 64 * 2 ** 20;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const;
const NUMBER = { type: 'DOUBLE', repetition_type: 'OPTIONAL' } as const;
const FLAG = { type: 'BOOLEAN', repetition_type: 'OPTIONAL' } as const;
const BYTES = { type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' } as const;

export class ParquetSink implements Sink {
  readonly #columns: readonly (readonly [string, ColumnKind])[];
  readonly #file: ParquetWriter;
  #rows: Row[] = [];
  #bytes = 0;

  constructor(path: string, columns: Readonly<Record<string, ColumnKind>>) {
    this.#columns = Object.entries(columns);
    const schema: SchemaElement[] = [
      { name: 'root', num_children: this.#columns.length },
      ...this.#columns.flatMap(([name, kind]) => elementsOf(name, kind)),
    ];
    const features = Object.fromEntries(
      this.#columns.map(([name, kind]) => [name, featureOf(kind)]),
    );
    this.#file = new ParquetWriter({
      writer: fileWriter(path),
      schema,
      createdBy: 'rationale',
      kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }],
    });
  }

  async add(row: Row): Promise<void> {
    this.#rows.push(row);
    this.#bytes += bytesIn(row);
    if (this.#rows.length >= GROUP_ROWS || this.#bytes >= GROUP_BYTES) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#file.finish();
  }

  async #flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const columnData = this.#columns.map(([name, kind]) => ({
      name,
      data: this.#rows.map((row) => storedValue(row[name], kind)),
    }));
    await this.#file.write({ columnData, rowGroupSize: this.#rows.length });
    this.#rows = [];
    this.#bytes = 0;
  }
}

function bytesIn(row: Row): number {
  let bytes = 0;
  for (const value of Object.values(row)) {
    if (!Array.isArray(value)) continue;
    for (const item of value) {
      if (typeof item === 'object' && item !== null && item.bytes instanceof Uint8Array) {
        bytes += item.bytes.length;
      }
    }
  }
  return bytes;
}

function storedValue(value: unknown, kind: ColumnKind): unknown {
  if (value === null || value === undefined) return kind === 'media' ? [] : undefined;
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'json':
      return JSON.stringify(value);
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    default:
      return value;
  }
}

function elementsOf(name: string, kind: ColumnKind): SchemaElement[] {
  switch (kind) {
    case 'text':
    case 'json':
      return [{ name, ...TEXT }];
    case 'number':
      return [{ name, ...NUMBER }];
    case 'boolean':
      return [{ name, ...FLAG }];
    case 'texts':
      return list(name, [{ name: 'element', ...TEXT }]);
    case 'flags':
      return list(name, [{ name: 'element', ...FLAG }]);
    case 'numbers':
      return list(name, [{ name: 'element', ...NUMBER }]);
    case 'turns':
      return list(
        name,
        group('element', [
          { name: 'role', ...TEXT },
          { name: 'content', ...TEXT },
        ]),
      );
    case 'part-turns':
      return list(
        name,
        group(
          'element',
          [{ name: 'role', ...TEXT }],
          list(
            'content',
            group('element', [
              { name: 'type', ...TEXT },
              { name: 'text', ...TEXT },
            ]),
          ),
        ),
      );
    case 'media':
      return list(
        name,
        group('element', [
          { name: 'bytes', ...BYTES },
          { name: 'path', ...TEXT },
        ]),
      );
    default:
      return group(
        name,
        Object.entries(kind).map(([field, inner]) => ({
          name: field,
          ...(inner === 'text' ? TEXT : NUMBER),
        })),
      );
  }
}

function list(name: string, element: readonly SchemaElement[]): SchemaElement[] {
  return [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}

/** @param nested a last child that has children itself */
function group(
  name: string,
  children: readonly SchemaElement[],
  nested: readonly SchemaElement[] = [],
): SchemaElement[] {
  const count = children.length + (nested.length > 0 ? 1 : 0);
  return [{ name, repetition_type: 'OPTIONAL', num_children: count }, ...children, ...nested];
}

function featureOf(kind: ColumnKind): unknown {
  const value = (dtype: string) => ({ dtype, _type: 'Value' });
  switch (kind) {
    case 'text':
    case 'json':
      return value('string');
    case 'number':
      return value('float64');
    case 'boolean':
      return value('bool');
    case 'texts':
      return [value('string')];
    case 'flags':
      return [value('bool')];
    case 'numbers':
      return [value('float64')];
    case 'turns':
      return [{ role: value('string'), content: value('string') }];
    case 'part-turns':
      return [
        {
          role: value('string'),
          content: [{ type: value('string'), text: value('string') }],
        },
      ];
    case 'media':
      return [{ _type: 'Image' }];
    default:
      return Object.fromEntries(
        Object.entries(kind).map(([field, inner]) => [
          field,
          value(inner === 'text' ? 'string' : 'float64'),
        ]),
      );
  }
}
