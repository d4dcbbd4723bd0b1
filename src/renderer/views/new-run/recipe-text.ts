/**
 * A recipe as text: slots come in, YAML goes out (a slot per block, a setting per line); text comes
 * in, slots or the line that cannot be read go out. Lines are found by dotted path.
 */
import { Document, isCollection, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { isPlainObject, type Plain, type PlainObject } from '../../../shared/merge-slots.ts';

const WIDTH = 96;

/** @param notes lines of comment at the top, such as where the rows come from */
export function writeRecipe(
  recipe: string,
  slots: PlainObject,
  notes: readonly string[] = [],
): string {
  const document = new Document({ recipe, ...slots });
  const { contents } = document;
  if (isMap(contents)) {
    for (const { value: slot } of contents.items) {
      if (!isMap(slot)) continue;
      for (const { value } of slot.items) {
        // A setting stays on its line; of a list of parts each one does.
        if (isSeq(value) && value.items.some(isMap)) {
          for (const item of value.items) if (isCollection(item)) item.flow = true;
        } else if (isCollection(value)) value.flow = true;
      }
    }
  }
  visit(document, {
    Scalar(_, node) {
      const { value } = node;
      if (typeof value === 'number' && value !== 0 && Math.abs(value) < 1e-3) node.format = 'EXP';
    },
  });
  if (notes.length > 0) document.commentBefore = notes.map((note) => ` ${note}`).join('\n');
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
}

export type ReadRecipe =
  | { readonly ok: true; readonly recipe: string | null; readonly slots: PlainObject }
  | { readonly ok: false; readonly message: string; readonly line: number };

export function readRecipe(text: string): ReadRecipe {
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [message = problem.message] = problem.message.split('\n');
    return {
      ok: false,
      message: message.replace(/ at line \d+, column \d+:?$/, ''),
      line: problem.linePos?.[0].line ?? 1,
    };
  }
  let data: Plain;
  try {
    // Aliases are refused beyond a handful: nested ones grow exponentially.
    data = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 16 }) ?? {})) as Plain; // plain by now
  } catch {
    return { ok: false, message: 'Expected plain data', line: 1 };
  }
  if (!isPlainObject(data)) return { ok: false, message: 'Expected slots, one per line', line: 1 };
  const { recipe, note: _, ...slots } = data;
  return { ok: true, recipe: typeof recipe === 'string' ? recipe : null, slots };
}

/** Plain data of one setting's text. @returns undefined for text that is no YAML */
export function readValue(text: string): Plain | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 16 }) ?? null)) as Plain; // plain by now
}

/** One setting on one line: { follow: 1 }, [a, b]. */
export function writeValue(value: Plain): string {
  if (value === null) return '';
  const document = new Document(value);
  const { contents } = document;
  if (isCollection(contents)) contents.flow = true;
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).trimEnd();
}

/** Line from 1 of a dotted path, or of its nearest parent that is written; null where none is. */
export function lineOf(text: string, path: string): number | null {
  const document = parseDocument(text);
  let node: unknown = document.contents;
  let offset: number | null = null;
  for (const key of path.split('.').map((part) => part.replace(/\[\d*\]$/, ''))) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) break;
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset === null ? null : text.slice(0, offset).split('\n').length;
}
