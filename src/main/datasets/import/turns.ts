/**
 * A conversation of any form in (role/content, from/value, content as text or as parts, or all of it
 * as JSON text), turns with our roles out. Media inside the parts keep their place; where a part only
 * says "an image here", the next one of the row's column is meant.
 */
import type { MessageTags } from '../../../shared/model/import.ts';
import type { MessageRole } from '../../../shared/model/sample.ts';
import { type MediaSource, mediaSource } from './media-source.ts';
import { kindOf, quoted, rowProblem } from './row-problem.ts';

export type Medium = 'image' | 'video' | 'audio';

export type DraftPart =
  | { readonly type: 'text'; readonly text: string }
  /** `source` null: the next one of the column. */
  | { readonly type: Medium; readonly source: MediaSource | null };

export interface Turn {
  readonly role: MessageRole;
  readonly content: readonly DraftPart[];
  readonly extra?: Record<string, unknown>;
}

/** Turns of a row; far beyond any conversation. */
const MAX_TURNS = 2000;

export function textTurn(role: MessageRole, text: string): Turn {
  return { role, content: [{ type: 'text', text }] };
}

/** Is this a conversation, or one turn of it, and not a plain text? */
export function isTurns(value: unknown): boolean {
  if (typeof value === 'string')
    return /^\s*\[\s*\{\s*["'](?:role|from|content|value)["']/.test(value);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isObject(first) && ('role' in first || 'from' in first || 'content' in first);
}

/** @throws LabError `dataset/bad-row` */
export function readTurns(value: unknown, tags: MessageTags): Turn[] {
  const list = typeof value === 'string' ? parsed(value) : value;
  const turns: unknown[] = Array.isArray(list) ? list : [list];
  if (turns.length > MAX_TURNS) throw rowProblem(`more than ${MAX_TURNS} turns`);
  return turns.map((turn, i) => readTurn(turn, tags, i + 1));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowProblem(`expected a conversation, got the text ${quoted(text)}`, cause);
  }
}

function readTurn(value: unknown, tags: MessageTags, number: number): Turn {
  if (!isObject(value))
    throw rowProblem(`turn ${number}: expected an object, got ${kindOf(value)}`);
  const role = pick(value, tags.role, ['role', 'from']);
  const content = pick(value, tags.content, ['content', 'value']);
  if (role === undefined) throw rowProblem(`turn ${number} has no ${quoted(tags.role)}`);
  const rest = Object.entries(value).filter(
    ([name, inner]) => name !== role.name && name !== content?.name && inner !== null,
  );
  return {
    role: roleOf(role.value, tags, number),
    content: readContent(content?.value, number),
    ...(rest.length === 0 ? {} : { extra: Object.fromEntries(rest) }),
  };
}

function pick(
  turn: Readonly<Record<string, unknown>>,
  tag: string,
  others: readonly string[],
): { name: string; value: unknown } | undefined {
  for (const name of [tag, ...others]) if (name in turn) return { name, value: turn[name] };
  return undefined;
}

function roleOf(value: unknown, tags: MessageTags, number: number): MessageRole {
  if (typeof value === 'string') {
    if (tags.user.includes(value)) return 'user';
    if (tags.assistant.includes(value)) return 'assistant';
    if (tags.system.includes(value)) return 'system';
    if (tags.tool.includes(value)) return 'tool';
  }
  const known = [...tags.user, ...tags.assistant, ...tags.system, ...tags.tool].join(', ');
  throw rowProblem(`turn ${number}: the role ${quoted(value)} is none of ${known}`);
}

function readContent(value: unknown, number: number): DraftPart[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if (typeof value === 'number' || typeof value === 'boolean') {
    return [{ type: 'text', text: String(value) }];
  }
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((part) => readPart(part, number));
}

function readPart(value: unknown, number: number): DraftPart {
  if (typeof value === 'string') return { type: 'text', text: value };
  if (!isObject(value)) {
    throw rowProblem(`turn ${number}: expected text or a part, got ${kindOf(value)}`);
  }
  const type = value['type'] ?? (typeof value['text'] === 'string' ? 'text' : undefined);
  if (type === 'text' || type === 'input_text' || type === 'output_text') {
    const text = value['text'] ?? value['content'];
    if (typeof text === 'string') return { type: 'text', text };
    throw rowProblem(`turn ${number}: a part of type text without a text`);
  }
  const medium = typeof type === 'string' ? MEDIA.get(type) : undefined;
  if (medium === undefined) {
    throw rowProblem(
      `turn ${number}: a part of type ${quoted(type)}: text, image, video and audio are read`,
    );
  }
  return { type: medium, source: sourceOf(value, medium) };
}

const MEDIA: ReadonlyMap<string, Medium> = new Map([
  ['image', 'image'],
  ['image_url', 'image'],
  ['input_image', 'image'],
  ['video', 'video'],
  ['video_url', 'video'],
  ['audio', 'audio'],
  ['audio_url', 'audio'],
  ['input_audio', 'audio'],
]);

/** The source inside a part, if it has one; OpenAI and Anthropic nest it one level deeper. */
function sourceOf(part: Readonly<Record<string, unknown>>, medium: Medium): MediaSource | null {
  const names = [
    medium,
    `${medium}_url`,
    `input_${medium}`,
    'source',
    'url',
    'path',
    'bytes',
    'data',
  ];
  for (const name of names) {
    const value = part[name];
    if (value === null || value === undefined) continue;
    return mediaSource(name === 'bytes' ? { bytes: value } : nested(value), medium);
  }
  return null;
}

/** Anthropic's `{type: 'base64', data}` holds bytes as text. */
function nested(value: unknown): unknown {
  if (!isObject(value) || typeof value['data'] !== 'string') return value;
  return value['data'].startsWith('data:') ? value['data'] : { bytes: value['data'] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  );
}
