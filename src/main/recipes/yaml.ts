/**
 * Recipe files as text: YAML in, plain data out; slots in, YAML out with the fields in the order of
 * the form and, if wanted, each field's description above it.
 */
import { Document, isMap, isScalar, type Node, parseDocument, YAMLMap } from 'yaml';
import { LabError } from '../../shared/errors.ts';
import { isPlainObject, type Plain, type PlainObject } from '../../shared/merge-slots.ts';
import type { RecipeField } from '../../shared/model/recipe.ts';

const MAX_BYTES = 256 * 1024;
/** Where comments break. */
const WIDTH = 100;

export interface RecipeText {
  readonly data: PlainObject;
  /** Line of a dotted path, from 1; of its nearest parent where the field is not written. */
  lineOf(path: string): number | null;
}

/**
 * @param what names the text in messages
 * @throws LabError `recipe/invalid` when it is no YAML mapping of plain data; `details.line` says where
 */
export function readYaml(text: string, what: string): RecipeText {
  const invalid = (message: string, line: number | null): LabError =>
    new LabError('recipe/invalid', `[recipe ${what}] ${message}`, {
      hint: "Write slots as 'training: { steps: 50 }', one per line.",
      details: { line },
    });
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw invalid(`is larger than ${MAX_BYTES} bytes`, null);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [first = problem.message] = problem.message.split('\n');
    throw invalid(first.replace(/:$/, ''), problem.linePos?.[0].line ?? null);
  }
  let data: Plain;
  try {
    // Aliases are refused beyond a handful: nested ones grow exponentially.
    data = plainOf(document.toJS({ maxAliasCount: 16 }) ?? {});
  } catch {
    throw invalid('cannot be read as plain data', null);
  }
  if (!isPlainObject(data)) throw invalid('must be a mapping of slots', 1);
  return { data, lineOf: (path) => lineAt(document.contents, path, text) };
}

/** Plain data of anything that JSON can say. @throws TypeError for what it cannot */
export function plainOf(value: unknown): Plain {
  // JSON.parse gives nothing but plain data.
  return JSON.parse(JSON.stringify(value)) as Plain;
}

/** A plain object of slots; anything else reads as none. */
export function slotsOf(value: unknown): PlainObject {
  const plain = plainOf(value ?? {});
  return isPlainObject(plain) ? plain : {};
}

function lineAt(root: Node | null, path: string, text: string): number | null {
  let node: unknown = root;
  let offset: number | undefined;
  for (const key of path === '' ? [] : path.split('.')) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) break;
    // Pairs of a parsed document have nodes as keys; the loop above checked that it is a scalar.
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  if (offset === undefined) return null;
  return text.slice(0, offset).split('\n').length;
}

export interface YamlOptions {
  /** Fields of the form: their order and descriptions. */
  readonly fields: readonly RecipeField[];
  readonly hasComments: boolean;
  /** First line of the file. */
  readonly recipe: string;
  /** Sentence that says what the recipe is for; '' = none. */
  readonly note: string;
}

/** The text of a recipe file: `recipe:`, `note:` and the slots, always in the same order. */
export function writeYaml(slots: PlainObject, options: YamlOptions): string {
  const places = new Map(options.fields.map(({ path }, index) => [path, index]));
  const notes = new Map(options.fields.map((field) => [field.path, field.description]));
  const ordered = inOrder(slots, '', { of: (path) => placeOf(places, path) });
  const head = { recipe: options.recipe, ...(options.note === '' ? {} : { note: options.note }) };
  const document = new Document({ ...head, ...ordered });
  if (isMap(document.contents)) {
    for (const [key] of Object.entries(ordered)) style(document.contents, key, notes, options);
  }
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
}

interface Places {
  of(path: string): number;
}

/** A field stands where the form has it, a parent where its first field is. */
function placeOf(places: ReadonlyMap<string, number>, path: string): number {
  const own = places.get(path);
  if (own !== undefined) return own;
  let first = Number.POSITIVE_INFINITY;
  for (const [field, place] of places) {
    if (field.startsWith(`${path}.`)) first = Math.min(first, place);
  }
  return first;
}

function inOrder(value: PlainObject, path: string, places: Places): PlainObject {
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const keys = Object.keys(value).sort((a, b) => {
    // `kind` decides what the fields beside it mean.
    if (a === 'kind' || b === 'kind') return a === b ? 0 : a === 'kind' ? -1 : 1;
    const [left, right] = [places.of(at(a)), places.of(at(b))];
    return left === right ? a.localeCompare(b) : left - right;
  });
  return Object.fromEntries(
    keys.map((key): [string, Plain] => {
      const inside = value[key] ?? null;
      return [key, isPlainObject(inside) ? inOrder(inside, at(key), places) : inside];
    }),
  );
}

/** Comments above fields, small numbers as powers of ten, short lists and mixtures on one line. */
function style(
  parent: YAMLMap,
  path: string,
  notes: ReadonlyMap<string, string>,
  options: YamlOptions,
): void {
  const key = path.split('.').at(-1);
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  if (pair === undefined) return;
  const note = notes.get(path);
  if (options.hasComments && note !== undefined && note !== '' && isScalar(pair.key)) {
    pair.key.commentBefore = wrap(note, WIDTH - 8)
      .map((line) => ` ${line}`)
      .join('\n');
  }
  const { value } = pair;
  if (isScalar(value) && typeof value.value === 'number' && isTiny(value.value)) {
    value.format = 'EXP';
  }
  if (!(value instanceof YAMLMap)) {
    if (value !== null && typeof value === 'object' && 'flow' in value) value.flow = true;
    return;
  }
  const names = value.items.flatMap(({ key: name }) =>
    isScalar(name) ? [String(name.value)] : [],
  );
  const isForm = names.some((name) => notes.has(`${path}.${name}`));
  if (!isForm) value.flow = true;
  for (const name of names) style(value, `${path}.${name}`, notes, options);
}

function isTiny(value: number): boolean {
  return value !== 0 && Math.abs(value) < 1e-3;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}
