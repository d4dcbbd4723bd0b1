/**
 * Recipe id + overrides -> every slot filled in and checked. Data only: parent chain, then the
 * recipe, then the overrides, merged slot by slot, parsed by the slots' schemas, and the columns that
 * stages need compared with the columns that stages give.
 */
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { LabError } from '../../shared/errors.ts';
import { isPlainObject, mergeSlots } from '../../shared/merge-slots.ts';
import { advantages } from '../advantage/index.ts';
import { type ColumnName, columnsWrittenBy, type Stage } from '../batch.ts';
import { readTextFile } from '../files/json-file.ts';
import { policyObjective } from '../objective/policy.ts';
import { compileReward } from '../reward/index.ts';
import type { PlainObject, RecipeDefinition } from './define.ts';
import { explainIssues } from './explain.ts';
import { type RecipeId, recipes } from './index.ts';
import { nearestName } from './nearest.ts';
import { type RecipeShape, type SlotsOf, shapes } from './slots.ts';

interface Resolved<S extends RecipeShape> {
  readonly id: string;
  readonly title: string;
  readonly paper: string;
  readonly differs: string;
  /** From the root of the family down to this recipe. */
  readonly lineage: readonly string[];
  readonly shape: S;
  readonly slots: SlotsOf<S>;
}
export type ResolvedRecipe = { [S in RecipeShape]: Resolved<S> }[RecipeShape];
export type ResolvedOf<S extends RecipeShape> = Resolved<S>;

/** A file may say which recipe it is about and why; neither is a slot. */
const FILE_KEYS = ['recipe', 'note'];
const MAX_OVERRIDE_BYTES = 256 * 1024;

/** @throws LabError `recipe/unknown` naming the nearest recipe */
export function findRecipe(id: string): RecipeDefinition {
  if (Object.hasOwn(recipes, id)) return recipes[id as RecipeId];
  const nearest = nearestName(id, Object.keys(recipes));
  throw new LabError('recipe/unknown', `unknown recipe '${id}'`, {
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}Recipes are: ${Object.keys(recipes).join(', ')}.`,
  });
}

/** The recipe and its ancestors, root first. */
function lineageOf(recipe: RecipeDefinition): RecipeDefinition[] {
  return recipe.parent === null ? [recipe] : [...lineageOf(findRecipe(recipe.parent)), recipe];
}

const EMPTY_COMMON: PlainObject = {
  model: {},
  data: {},
  optimizer: { kind: 'adamw' },
  schedule: {},
  training: {},
  evaluation: {},
};

/**
 * Fills every slot of a recipe.
 * @param overrides slot data laid over the recipe, as read from YAML or built by the command line
 * @throws LabError `recipe/unknown`, `recipe/invalid` (field and nearest valid one named) or
 *   `recipe/missing-column` (a stage needs a column that no stage gives)
 */
export function resolveRecipe(id: string, overrides: PlainObject = {}): ResolvedRecipe {
  const recipe = findRecipe(id);
  const lineage = lineageOf(recipe);
  const data = [...lineage.map((ancestor) => ancestor.slots), overrides].reduce(
    mergeSlots,
    EMPTY_COMMON,
  );
  const about = {
    id,
    title: recipe.title,
    paper: recipe.paper,
    differs: recipe.differs,
    lineage: lineage.map((ancestor) => ancestor.id),
  };
  switch (recipe.shape) {
    case 'online-rl':
      return {
        ...about,
        shape: 'online-rl',
        slots: finishOnline(id, parseSlots(id, 'online-rl', data)),
      };
    case 'preference': {
      const slots = parseSlots(id, 'preference', data);
      if (slots.model.reference === null)
        throw missingColumn(
          id,
          'refLogprobs',
          "a preference loss compares with a reference: set model.reference to 'initial'",
        );
      return { ...about, shape: 'preference', slots };
    }
    case 'supervised':
      return { ...about, shape: 'supervised', slots: parseSlots(id, 'supervised', data) };
  }
}

function parseSlots<S extends RecipeShape>(id: string, shape: S, data: PlainObject): SlotsOf<S> {
  const schema = shapes[shape];
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw explainIssues(id, schema, data, parsed.error);
  // The schema was picked by S, so its output is SlotsOf<S>; TypeScript does not follow the index.
  return parsed.data as SlotsOf<S>;
}

const ALWAYS_ACTIVE: readonly Stage[] = [
  'data',
  'prompt',
  'rollout',
  'reward',
  'advantage',
  'forward',
  'loop',
];

/** What only the whole recipe can know: columns, gates, and lengths taken from the rollout plan. */
function finishOnline(id: string, slots: SlotsOf<'online-rl'>): SlotsOf<'online-rl'> {
  const stages = new Set<Stage>([...ALWAYS_ACTIVE]);
  if (slots.model.reference !== null) stages.add('reference');
  if (slots.rollout.maskedTwin !== null) stages.add('masked-twin');
  const given = columnsWrittenBy(stages);
  for (const column of [
    ...advantages[slots.advantage.kind].needs,
    ...policyObjective(slots.objective).needs,
  ]) {
    if (!given.has(column)) throw missingColumn(id, column, COLUMN_HINTS[column]);
  }
  compileReward(slots.reward);
  if (slots.rollout.groupSize < 2) {
    throw new LabError(
      'recipe/invalid',
      `[recipe ${id}] 'rollout.groupSize': expected at least 2, got ${slots.rollout.groupSize}`,
      {
        hint: 'A completion is compared with the others of its prompt; one alone has nothing to be compared with.',
      },
    );
  }
  const { aggregate } = slots.objective;
  if (aggregate.kind !== 'constant-length' || aggregate.length !== null) return slots;
  return {
    ...slots,
    objective: {
      ...slots.objective,
      aggregate: { ...aggregate, length: slots.rollout.maxCompletionTokens },
    },
  };
}

const COLUMN_HINTS: Partial<Record<ColumnName, string>> = {
  refLogprobs:
    "the objective's KL needs a reference: set model.reference to 'initial', or objective.kl to null",
  maskedLogprobs:
    'the perception term needs a masked twin: set rollout.maskedTwin, or objective.perception to null',
  maskedEntropy:
    'the perception term needs a masked twin: set rollout.maskedTwin, or objective.perception to null',
};

function missingColumn(id: string, column: ColumnName, hint: string | undefined): LabError {
  return new LabError(
    'recipe/missing-column',
    `[recipe ${id}] a stage needs the column '${column}', which no stage gives`,
    {
      hint,
      details: { column },
    },
  );
}

export interface Overrides {
  /** The recipe the file is about, if it says so. */
  readonly recipe: string | null;
  /** One sentence on what it is for; '' without one. */
  readonly note: string;
  readonly slots: PlainObject;
}

/**
 * Reads an overrides file: YAML (or JSON) with slots at the top level, optionally `recipe: ID`.
 * Paths in it are relative to the file.
 * @throws LabError `file/missing`, `file/unsafe` (size, not a regular file), or `recipe/invalid` if it
 *   is not a mapping of plain data
 */
export function readOverrides(path: string): Overrides {
  const { recipe, note, slots } = parseOverrides(readTextFile(path, MAX_OVERRIDE_BYTES), path);
  const base = dirname(resolve(path));
  const located = PATH_FIELDS.reduce((at, place) => locate(at, base, place), slots);
  return { recipe, note, slots: located };
}

/** Fields that hold a path, or a name that is none. */
const PATH_FIELDS = [
  { slot: 'data', field: 'source', names: ['world'] },
  { slot: 'data', field: 'mediaRoot', names: [] },
  { slot: 'evaluation', field: 'source', names: ['world', 'data'] },
  { slot: 'model', field: 'path', names: ['starter'] },
] as const;

function locate(
  slots: PlainObject,
  base: string,
  { slot, field, names }: (typeof PATH_FIELDS)[number],
): PlainObject {
  const choice = slots[slot];
  if (!isPlainObject(choice)) return slots;
  const path = choice[field];
  if (typeof path !== 'string' || names.some((name) => name === path)) return slots;
  return { ...slots, [slot]: { ...choice, [field]: resolve(base, path) } };
}

/** As {@link readOverrides}, from text. */
export function parseOverrides(text: string, name = 'overrides'): Overrides {
  const invalid = (message: string, cause?: unknown) =>
    new LabError('recipe/invalid', `[recipe file ${name}] ${message}`, {
      cause,
      hint: "Write slots as 'training: { steps: 50 }', one per line; see: rationale recipe show grpo",
    });
  if (Buffer.byteLength(text) > MAX_OVERRIDE_BYTES)
    throw invalid(`is larger than ${MAX_OVERRIDE_BYTES} bytes`);
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw invalid(problem.message.trim(), problem);
  let data: unknown;
  try {
    // Aliases are refused beyond a handful: nested ones grow exponentially.
    data = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 16 }) ?? {}));
  } catch (cause) {
    throw invalid('cannot be read as plain data', cause);
  }
  // JSON.parse gives nothing but plain data.
  const plain = data as PlainObject;
  if (!isPlainObject(plain)) throw invalid('must be a mapping of slots');
  const { recipe, note } = plain;
  if (recipe !== undefined && typeof recipe !== 'string')
    throw invalid("'recipe' must be the id of a recipe");
  const slots = Object.fromEntries(
    Object.entries(plain).filter(([key]) => !FILE_KEYS.includes(key)),
  );
  return { recipe: recipe ?? null, note: typeof note === 'string' ? note : '', slots };
}
