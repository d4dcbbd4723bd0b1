/**
 * The text of one JSON row in, its object out, or the reason why it is none. Stricter than JSON.parse
 * where that is silent (a key twice, hundreds of levels) and milder where Python writes what JSON does
 * not have: NaN and Infinity become null and are counted.
 */

export type ParsedRow =
  | {
      readonly kind: 'row';
      readonly values: Readonly<Record<string, unknown>>;
      readonly nonFinite: number;
    }
  | { readonly kind: 'bad'; readonly reason: string };

/** Deeper rows are refused: what walks them later may recurse. */
const MAX_DEPTH = 64;

export function parseJsonRow(text: string): ParsedRow {
  let value: unknown;
  let nonFinite = 0;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const mended = withoutNonFinite(text);
    if (mended.count === 0) return { kind: 'bad', reason: syntaxReason(text, thrown) };
    try {
      value = JSON.parse(mended.text);
      nonFinite = mended.count;
    } catch (again) {
      return { kind: 'bad', reason: syntaxReason(text, again) };
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'bad', reason: `expected one JSON object, got ${nameOf(value)}` };
  }
  const keys = countKeys(value, 1);
  if (keys < 0) return { kind: 'bad', reason: `nested more than ${MAX_DEPTH} levels deep` };
  if (keys !== countColons(text)) {
    const twice = firstDuplicate(text);
    if (twice !== null) {
      return { kind: 'bad', reason: `the key ${JSON.stringify(twice)} is there twice` };
    }
  }
  // An object that is no array: its fields are unknown, which is what the type says.
  return { kind: 'row', values: value as Record<string, unknown>, nonFinite };
}

/** Keys of all objects; -1 = too deep. */
function countKeys(value: object, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  let count = 0;
  if (Array.isArray(value)) {
    for (const inner of value) {
      if (typeof inner !== 'object' || inner === null) continue;
      const below = countKeys(inner, depth + 1);
      if (below < 0) return -1;
      count += below;
    }
    return count;
  }
  for (const inner of Object.values(value)) {
    count++;
    if (typeof inner !== 'object' || inner === null) continue;
    const below = countKeys(inner, depth + 1);
    if (below < 0) return -1;
    count += below;
  }
  return count;
}

/** How often `":` occurs: the number of keys when no text holds it and no space precedes a colon. */
function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) count++;
  return count;
}

/** Walks valid JSON text and finds a key that its object already has. */
function firstDuplicate(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    if (char !== '"') continue;
    const end = stringEnd(text, at);
    const keys = open.at(-1);
    if (keys !== null && keys !== undefined && isKey(text, end)) {
      const key: unknown = JSON.parse(text.slice(at, end));
      if (typeof key === 'string') {
        if (keys.has(key)) return key;
        keys.add(key);
      }
    }
    at = end - 1;
  }
  return null;
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return text[at] === ':';
}

/** Python's NaN, Infinity and -Infinity outside of strings, replaced by null. */
function withoutNonFinite(text: string): { text: string; count: number } {
  if (!/NaN|Infinity/.test(text)) return { text, count: 0 };
  let count = 0;
  let result = '';
  let from = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') {
      at = stringEnd(text, at);
      continue;
    }
    const word = /^(?:NaN|-?Infinity)/.exec(text.slice(at, at + 9))?.[0];
    if (word === undefined) {
      at++;
      continue;
    }
    result += `${text.slice(from, at)}null`;
    count++;
    at += word.length;
    from = at;
  }
  return { text: result + text.slice(from), count };
}

function syntaxReason(text: string, thrown: unknown): string {
  if (text.trim() === '') return 'expected one JSON object, got nothing';
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  // V8 quotes the text itself, which the excerpt beside the reason shows anyway.
  const reason = said.replace(/,? ?(\.\.\.)?"[\s\S]*$/, '').replace(/ in JSON/, '');
  return `not valid JSON: ${reason === '' ? 'it ends too early' : reason}`;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return `a ${typeof value}`;
}
