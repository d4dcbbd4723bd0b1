/**
 * The fields of a recipe as a form needs them: the JSON schema of its slots in, a flat list in the
 * order of the slots out, each with what it means, its unit, its bounds, its options and the value the
 * recipe has.
 */
import { z } from 'zod';
import type { RecipeField } from '../../shared/protocol/results.ts';
import type { ResolvedRecipe } from './resolve.ts';
import { shapes } from './slots.ts';

/** What toJSONSchema gives of our slots, with the metadata they carry. */
export interface FieldSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly unit?: string;
  readonly isAdvanced?: boolean;
  readonly options?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: unknown;
  readonly items?: FieldSchema;
  readonly prefixItems?: readonly FieldSchema[];
  readonly anyOf?: readonly FieldSchema[];
  readonly oneOf?: readonly FieldSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** JSON schema of the slots of a shape, as a person writes them. */
export function slotSchema(shape: ResolvedRecipe['shape']): FieldSchema & Record<string, unknown> {
  // Every slot is plain data, which is what toJSONSchema can express; its result has this form.
  return z.toJSONSchema(shapes[shape], { io: 'input', reused: 'inline' }) as FieldSchema &
    Record<string, unknown>;
}

/** Every field below the slots; a choice is followed by the fields of its kinds. */
export function recipeFields(recipe: ResolvedRecipe): RecipeField[] {
  const slots = slotSchema(recipe.shape).properties ?? {};
  return Object.entries(slots).flatMap(([slot, schema]) =>
    walk(schema, { path: slot, value: valueIn(recipe.slots, slot), isAdvanced: false, when: null }),
  );
}

interface Place {
  readonly path: string;
  /** What the recipe has there. */
  readonly value: unknown;
  /** A field of an advanced field is advanced. */
  readonly isAdvanced: boolean;
  readonly when: RecipeField['when'];
}

/** The bounds that zod writes for every whole number say nothing. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

function walk(outer: FieldSchema, place: Place): RecipeField[] {
  const { schema, isNullable } = withoutNull(outer);
  const isAdvanced = place.isAdvanced || (outer.isAdvanced ?? false);
  const kinds = schema.oneOf ?? [];
  // A choice without a choice is what it holds.
  const isSlot = !place.path.includes('.') && kinds.length <= 1;
  const field: RecipeField = {
    path: place.path,
    title: outer.title ?? titleOf(place.path),
    group: place.path.split('.')[0] ?? '',
    description: outer.description ?? schema.description ?? '',
    unit: outer.unit ?? null,
    isAdvanced,
    type: typeOf(schema),
    isNullable,
    min: bound(schema.minimum ?? above(schema), -UNBOUNDED),
    max: bound(schema.maximum ?? schema.exclusiveMaximum, UNBOUNDED),
    options: optionsOf(schema, outer.options ?? {}),
    default: place.value ?? (place.value === undefined ? outer.default : null) ?? null,
    when: place.when,
  };
  const within = (child: Place) => ({ ...child, isAdvanced: child.isAdvanced || isAdvanced });
  const items = schema.items;
  const nested = [
    ...ownFields(schema, place),
    ...kindFields(kinds, place),
    ...(items === undefined || !isStructured(items) ? [] : itemFields(items, place)),
  ].flatMap(([child, at]) => walk(child, within(at)));
  return isSlot ? nested : [field, ...nested];
}

type Child = readonly [FieldSchema, Place];

function ownFields(schema: FieldSchema, { path, value, when }: Place): Child[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, child]) => child.const === undefined)
    .map(([key, child]) => [
      child,
      { path: `${path}.${key}`, value: valueIn(value, key), isAdvanced: false, when },
    ]);
}

/** The fields of all kinds of a choice; one that several kinds share is listed once. */
function kindFields(kinds: readonly FieldSchema[], place: Place): Child[] {
  const merged = new Map<string, { child: Child; kinds: string[] }>();
  for (const branch of kinds) {
    const kind = String(branch.properties?.['kind']?.const);
    const value = valueIn(place.value, 'kind') === kind ? place.value : undefined;
    for (const [child, at] of ownFields(branch, { ...place, value })) {
      const key = `${at.path} ${JSON.stringify(child)}`;
      const known = merged.get(key);
      known?.kinds.push(kind);
      if (known === undefined) merged.set(key, { child: [child, at], kinds: [kind] });
      else if (value !== undefined) known.child = [child, at];
    }
  }
  return [...merged.values()].map(({ child: [schema, at], kinds: own }) => [
    schema,
    kinds.length === 1 ? at : { ...at, when: { path: place.path, kinds: own } },
  ]);
}

/** Fields of every item of a list, under `path[]`; they have no value of their own. */
function itemFields(items: FieldSchema, place: Place): Child[] {
  const at = { ...place, path: `${place.path}[]`, value: undefined };
  return [...ownFields(items, at), ...kindFields(items.oneOf ?? [], at)];
}

function isStructured(schema: FieldSchema): boolean {
  return schema.properties !== undefined || schema.oneOf !== undefined;
}

function withoutNull(schema: FieldSchema): { schema: FieldSchema; isNullable: boolean } {
  const branches = schema.anyOf ?? [];
  const rest = branches.filter(({ type }) => type !== 'null');
  if (rest.length === branches.length || rest.length === 0) return { schema, isNullable: false };
  const [only] = rest;
  if (only !== undefined && rest.length === 1) return { schema: only, isNullable: true };
  return { schema: { ...schema, anyOf: rest }, isNullable: true };
}

function typeOf(schema: FieldSchema): RecipeField['type'] {
  if (schema.oneOf !== undefined) return 'choice';
  // Several forms of one value (a range or shares): a mapping or a list, for an editor of its own.
  if (schema.anyOf !== undefined) return 'record';
  if (schema.enum !== undefined) return 'enum';
  switch (schema.type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return schema.type;
    case 'array':
      return 'list';
    case 'object':
      return schema.properties === undefined ? 'record' : 'object';
    default:
      return 'text';
  }
}

function optionsOf(
  schema: FieldSchema,
  told: Readonly<Record<string, string>>,
): RecipeField['options'] {
  const source = schema.items ?? schema;
  if (source.oneOf !== undefined) {
    return source.oneOf.map((branch) => ({
      value: String(branch.properties?.['kind']?.const),
      description: branch.description ?? '',
    }));
  }
  return (source.enum ?? []).map((value) => ({
    value: String(value),
    description: told[String(value)] ?? '',
  }));
}

/** The smallest whole number above an open bound; the bound itself where there is none. */
function above({ type, exclusiveMinimum }: FieldSchema): number | undefined {
  return type === 'integer' && exclusiveMinimum !== undefined
    ? exclusiveMinimum + 1
    : exclusiveMinimum;
}

function bound(value: number | undefined, nothing: number): number | null {
  return value === undefined || value === nothing ? null : value;
}

/** `maxCompletionTokens` -> `Max completion tokens`. */
function titleOf(path: string): string {
  const name = path.split('.').at(-1)?.replace('[]', '') ?? path;
  const words = name.replace(/([A-Z])/g, (_, letter: string) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueIn(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  // An own key of a resolved recipe.
  return (value as Record<string, unknown>)[key];
}
