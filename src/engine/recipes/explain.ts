/**
 * Turns what zod found wrong with a recipe into one error that names the field, what was expected and
 * the nearest field that exists. The valid names come from the JSON schema of the same slots.
 */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { nearestName } from './nearest.ts';

/** The part of JSON schema that is walked here. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
}

/** @returns a `recipe/invalid` error whose `details.problems` lists every problem */
export function explainIssues(
  recipe: string,
  schema: z.ZodType,
  data: unknown,
  error: z.ZodError,
): LabError {
  const problems = error.issues.flatMap((issue) => explainIssue(schema, data, issue));
  const first = problems[0] ?? { field: '', message: 'is not valid' };
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new LabError('recipe/invalid', `[recipe ${recipe}] ${first.message}${more}`, {
    hint: first.hint ?? `See the fields with: rationale recipe show ${recipe}`,
    details: { problems },
  });
}

interface Problem {
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

function explainIssue(schema: z.ZodType, data: unknown, issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path.map(String);
  const where = at.join('.');
  if (issue.code === 'unrecognized_keys') {
    const valid = fieldsAt(schema, data, issue.path);
    return issue.keys.map((key) => {
      const field = [...at, key].join('.');
      const nearest = nearestName(key, valid);
      return {
        field,
        message: `unknown field '${field}'`,
        hint:
          nearest === undefined
            ? `Fields here are: ${valid.join(', ')}.`
            : `Did you mean '${[...at, nearest].join('.')}'? Fields here are: ${valid.join(', ')}.`,
      };
    });
  }
  if (issue.code === 'invalid_union') return [explainChoice(schema, data, issue.path)];
  const found = valueAt(data, issue.path);
  const got = found === undefined ? 'it is missing' : `got ${JSON.stringify(found)}`;
  return [{ field: where, message: `'${where}': ${issue.message}, ${got}` }];
}

/** A choice whose `kind` is none of the known ones. */
function explainChoice(schema: z.ZodType, data: unknown, path: readonly PropertyKey[]): Problem {
  // zod names the discriminator or the union; both end at the same choice.
  const choicePath = path.at(-1) === 'kind' ? path.slice(0, -1) : path;
  const found = valueAt(data, [...choicePath, 'kind']);
  const kinds = branchesAt(schema, data, choicePath).flatMap((branch) => {
    const kind = branch.properties?.['kind']?.const;
    return typeof kind === 'string' ? [kind] : [];
  });
  const field = [...choicePath.map(String), 'kind'].join('.');
  const nearest = typeof found === 'string' ? nearestName(found, kinds) : undefined;
  const got = found === undefined ? 'it is missing' : `got ${JSON.stringify(found)}`;
  return {
    field,
    message: `'${field}': expected one of ${kinds.join(', ')}, ${got}`,
    ...(nearest === undefined ? {} : { hint: `Did you mean '${nearest}'?` }),
  };
}

function fieldsAt(schema: z.ZodType, data: unknown, path: readonly PropertyKey[]): string[] {
  return branchesAt(schema, data, path).flatMap((branch) => Object.keys(branch.properties ?? {}));
}

/** The object schemas that may apply at `path`: one where `kind` decides, all of them otherwise. */
function branchesAt(schema: z.ZodType, data: unknown, path: readonly PropertyKey[]): Schema[] {
  // Every slot is plain data, which is what toJSONSchema can express; its result has this form.
  let branches = [z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as Schema];
  let value = data;
  for (const step of path) {
    branches = narrow(branches, value).flatMap((branch) => {
      const next =
        typeof step === 'number'
          ? (branch.prefixItems?.[step] ?? branch.items)
          : branch.properties?.[String(step)];
      return next === undefined ? [] : [next];
    });
    value = valueAt(value, [step]);
  }
  return narrow(branches, value);
}

function narrow(branches: readonly Schema[], value: unknown): Schema[] {
  const open = (schema: Schema): Schema[] => {
    const alternatives = schema.oneOf ?? schema.anyOf;
    return alternatives === undefined ? [schema] : alternatives.flatMap(open);
  };
  const all = branches.flatMap(open);
  const kind = valueAt(value, ['kind']);
  const fitting = all.filter(
    (schema) => schema.properties?.['kind']?.const === kind && kind !== undefined,
  );
  return fitting.length > 0 ? fitting : all;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    // An own key of a parsed YAML or JSON object.
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}
