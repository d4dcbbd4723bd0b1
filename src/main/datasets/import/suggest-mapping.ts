/**
 * A first mapping for a source. Comes in: its columns, what kind of files it is and, for
 * LLaMA-Factory, what its index says. Goes out: the mapping a person then looks over, with notes on
 * what was guessed.
 */
import {
  type ColumnRole,
  type Mapping,
  type MessageTags,
  mappingOptions,
  messageTags,
  type SourceColumn,
} from '../../../shared/model/import.ts';
import type { LlamaFactorySet } from '../readers/llama-factory.ts';
import type { OpenedSource } from '../readers/open-source.ts';
import { type SourceValues, valueAt } from './columns.ts';
import { guessShape } from './shapes.ts';

export interface Suggestion {
  readonly mapping: Mapping;
  readonly confidence: number;
  readonly notes: readonly string[];
}

export function suggestMapping(
  source: OpenedSource,
  columns: readonly SourceColumn[],
  rows: readonly SourceValues[],
): Suggestion {
  if (source.set !== null) return fromIndex(source.set, columns);
  const forced =
    source.format === 'imagefolder' || source.format === 'webdataset' ? source.format : undefined;
  const guess = guessShape(columns, {
    forced,
    areTogether: (one, other) => rows.some((row) => isFilled(row, one) && isFilled(row, other)),
  });
  const roles = new Map(guess.roles);
  if (forced === 'imagefolder') addFolderRoles(roles, columns);
  if (forced === 'webdataset' && ![...roles.values()].includes('image'))
    addFirstMedia(roles, columns);
  const notes: string[] = [];
  const turns = [...roles].find(([, role]) => role === 'messages')?.[0];
  const tags = turns === undefined ? messageTags.parse({}) : tagsOf(rows, turns, notes);
  const mapping: Mapping = {
    shape: guess.shape,
    columns: columns.map(({ name }) => ({ column: name, role: roles.get(name) ?? 'ignore' })),
    options: mappingOptions.parse({ tags }),
  };
  if (guess.shape === 'plain' && guess.confidence < 0.5) {
    notes.push('No known form of rows: choose what each column is.');
  }
  return { mapping, confidence: guess.confidence, notes };
}

function isFilled(row: SourceValues, column: string): boolean {
  const value = valueAt(row, column);
  return value !== null && value !== undefined;
}

/** A folder of pictures: the class is the answer, and other `*_file_name` columns are pictures too. */
function addFolderRoles(roles: Map<string, ColumnRole>, columns: readonly SourceColumn[]): void {
  for (const { name, kind } of columns) {
    if (/_file_names?$/.test(name) && kind !== 'number') roles.set(name, 'image');
    if (name === 'label' && ![...roles.values()].includes('answer')) roles.set(name, 'answer');
  }
}

/** Endings such as `left.jpg` are pictures by their content. */
function addFirstMedia(roles: Map<string, ColumnRole>, columns: readonly SourceColumn[]): void {
  for (const { name, kind } of columns) {
    if (kind !== 'media' || roles.has(name)) continue;
    if (/(?:^|\.)(?:mp4|webm|mov|avi)$/.test(name)) roles.set(name, 'videos');
    else if (/(?:^|\.)(?:wav|mp3|flac|ogg)$/.test(name)) roles.set(name, 'audios');
    else if (/(?:^|\.)(?:jpe?g|png|webp|gif|avif)$/.test(name)) roles.set(name, 'image');
  }
}

const INDEX_ROLES: readonly (readonly [string, ColumnRole])[] = [
  ['prompt', 'prompt'],
  ['query', 'input'],
  ['response', 'completion'],
  ['history', 'history'],
  ['messages', 'messages'],
  ['system', 'system'],
  ['images', 'images'],
  ['videos', 'videos'],
  ['audios', 'audios'],
  ['chosen', 'chosen'],
  ['rejected', 'rejected'],
  ['kto_tag', 'label'],
];
const ALPACA_COLUMNS = { prompt: 'instruction', query: 'input', response: 'output' };

/** What `dataset_info.json` says is what is meant. */
function fromIndex(set: LlamaFactorySet, columns: readonly SourceColumn[]): Suggestion {
  const isAlpaca = set.formatting === 'alpaca';
  const named: Readonly<Record<string, unknown>> =
    set.columns ??
    (isAlpaca
      ? ALPACA_COLUMNS
      : { messages: set.formatting === 'openai' ? 'messages' : 'conversations' });
  const roles = new Map<string, ColumnRole>();
  const notes: string[] = [];
  const names = new Set(columns.map(({ name }) => name));
  for (const [key, role] of INDEX_ROLES) {
    const column = named[key];
    if (typeof column !== 'string') continue;
    if (names.has(column)) roles.set(column, role);
    else if (set.columns !== undefined)
      notes.push(`dataset_info.json names a column ${column} that is not there.`);
  }
  for (const name of ['images', 'videos', 'audios'] as const) {
    if (names.has(name) && !roles.has(name)) roles.set(name, name);
  }
  const { tags } = set;
  const mapping: Mapping = {
    shape: isAlpaca ? 'alpaca' : 'sharegpt',
    columns: columns.map(({ name }) => ({ column: name, role: roles.get(name) ?? 'ignore' })),
    options: mappingOptions.parse({
      set: set.name,
      tags: {
        role: tags.role_tag,
        content: tags.content_tag,
        user: [tags.user_tag],
        assistant: [tags.assistant_tag, tags.function_tag],
        system: [tags.system_tag],
        tool: [tags.observation_tag],
      },
    }),
  };
  return { mapping, confidence: 1, notes };
}

/** Names of the roles in the turns of the first rows; a name nobody knows is told. */
function tagsOf(rows: readonly SourceValues[], column: string, notes: string[]): MessageTags {
  const tags = messageTags.parse({});
  const known = new Set([...tags.user, ...tags.assistant, ...tags.system, ...tags.tool]);
  const turns = rows.flatMap((row) => objectsOf(row[column]));
  const isFrom = turns.some((turn) => 'from' in turn && !('role' in turn));
  const role = isFrom ? 'from' : 'role';
  const isValue = turns.some((turn) => 'value' in turn && !('content' in turn));
  const others = new Set<string>();
  for (const turn of turns) {
    const name = turn[role];
    if (typeof name === 'string' && !known.has(name)) others.add(name);
  }
  if (others.size > 0) {
    notes.push(
      `Turns name roles that are not known: ${[...others].slice(0, 5).join(', ')}. Say whose they are.`,
    );
  }
  return { ...tags, role, content: isValue ? 'value' : 'content' };
}

function objectsOf(value: unknown): Record<string, unknown>[] {
  let list = value;
  if (typeof value === 'string') {
    try {
      list = JSON.parse(value);
    } catch {
      return [];
    }
  }
  if (!Array.isArray(list)) return [];
  return list.filter((turn) => typeof turn === 'object' && turn !== null);
}
