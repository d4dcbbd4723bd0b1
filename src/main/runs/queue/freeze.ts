/**
 * A plan becomes a frozen configuration. Comes in: a recipe with what is laid over it, a model, data.
 * Goes out: every slot filled in, a hash of it, and the file the engine starts from. What changes
 * later (recipe files, views, forms) changes nothing that was frozen.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type { DataRef, TrainingFile } from '../../../shared/model/dataset.ts';
import type { EvalPlan, RunPlan, TrainPlan } from '../../../shared/model/run-queue.ts';
import { recipeCheckResult } from '../../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../../engine/ask.ts';

/** A recipe and slots laid over it, resolved. */
export interface ResolvedDraft {
  readonly ok: boolean;
  readonly recipe: string | null;
  readonly resolved: JsonObject | null;
  readonly problems: readonly {
    readonly path: string;
    readonly message: string;
    readonly hint: string | null;
    readonly severity: string;
  }[];
}

export interface FreezeOptions {
  readonly tools: JobRunner;
  /** Recipes that somebody saved in this workspace. */
  readonly resolveSaved?:
    | ((draft: {
        id: string;
        yaml?: string | undefined;
        slots: JsonObject;
      }) => Promise<ResolvedDraft>)
    | undefined;
  /** Writes the rows of a dataset or view as a file the engine trains on. */
  readonly materialise?: ((ref: DataRef) => Promise<TrainingFile>) | undefined;
}

export interface Frozen {
  /** As in run.json: recipe and slots; or the parameters of an evaluation. */
  readonly config: JsonObject;
  readonly hash: string;
}

/** @throws LabError `recipe/invalid` with every problem, `recipe/unknown`, `file/missing` */
export async function freezePlan(plan: RunPlan, options: FreezeOptions): Promise<Frozen> {
  const config = plan.kind === 'eval' ? evalConfig(plan) : await trainConfig(plan, options);
  return { config, hash: hashOf({ config, model: plan.model ?? null }) };
}

function evalConfig(plan: EvalPlan): JsonObject {
  const { model: _, ...parameters } = plan;
  return { ...parameters };
}

async function trainConfig(plan: TrainPlan, options: FreezeOptions): Promise<JsonObject> {
  const set: Record<string, unknown> = { ...plan.set };
  if (plan.seed !== undefined) {
    set['training.seed'] = plan.seed;
    set['data.seed'] = plan.seed;
  }
  if (plan.steps !== undefined) set['training.steps'] = plan.steps;
  if (plan.model !== undefined && 'path' in plan.model) {
    set['model.path'] = absolute('model', plan.model.path);
  }
  Object.assign(set, await dataSlots(plan, options));
  const draft = { yaml: plan.yaml, slots: nested(set) };
  const checked =
    plan.recipe.startsWith('saved:') && options.resolveSaved !== undefined
      ? await options.resolveSaved({ id: plan.recipe, ...draft })
      : await resolveRecipe(plan.recipe, draft, options.tools);
  if (checked.ok && checked.recipe !== null && checked.resolved !== null) {
    return { recipe: checked.recipe, slots: slotsOf(checked.resolved) };
  }
  const errors = checked.problems.filter(({ severity }) => severity === 'error');
  throw new LabError(
    'recipe/invalid',
    `[recipe ${plan.recipe}] ${errors.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
    {
      hint: errors.find(({ hint }) => hint !== null)?.hint ?? undefined,
      details: { problems: errors },
    },
  );
}

async function dataSlots(plan: TrainPlan, options: FreezeOptions): Promise<JsonObject> {
  const { data } = plan;
  if (data === undefined) return {};
  if ('path' in data) {
    return { 'data.source': data.path === 'world' ? 'world' : absolute('data', data.path) };
  }
  if (options.materialise === undefined) {
    throw new LabError('internal', '[runs] datasets cannot be written out here');
  }
  const file = await options.materialise(data);
  return { 'data.source': file.path, 'data.mediaRoot': file.mediaRoot };
}

async function resolveRecipe(
  recipe: string,
  draft: { yaml: string | undefined; slots: JsonObject },
  tools: JobRunner,
): Promise<ResolvedDraft> {
  const [row] = await askEngine(
    tools,
    'recipe-check',
    {
      recipe,
      slots: draft.slots,
      asYouType: true,
      ...(draft.yaml === undefined ? {} : { yaml: draft.yaml }),
    },
    { row: recipeCheckResult },
  );
  if (row === undefined) throw new LabError('engine/protocol', '[recipe-check] gave no result');
  return row;
}

/** A resolved recipe is its slots, or an object that has them beside its name. */
function slotsOf(resolved: JsonObject): JsonObject {
  const slots = resolved['slots'];
  // Parsed JSON: an object that is no list is one of slots.
  return typeof slots === 'object' && slots !== null ? (slots as JsonObject) : resolved;
}

/** { 'a.b': 1 } -> { a: { b: 1 } }; keys of the same start come together. */
export function nested(set: Readonly<Record<string, unknown>>): JsonObject {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let at = root;
    for (const key of keys) {
      const next = Object.hasOwn(at, key) ? at[key] : undefined;
      const isObject = typeof next === 'object' && next !== null && !Array.isArray(next);
      // A plain object this loop made, or one the caller gave: copied before it is changed.
      const inner: Record<string, unknown> = isObject ? { ...(next as object) } : {};
      put(at, key, inner);
      at = inner;
    }
    put(at, last, value);
  }
  return root;
}

/** Own property whatever its name: a path through __proto__ stays data. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function absolute(what: string, path: string): string {
  if (isAbsolute(path) || path === 'starter') return path;
  throw new LabError('rpc/invalid-input', `[${what}] expected an absolute path, got ${path}`, {
    hint: 'Choose the folder again: a relative path depends on where the app was started.',
  });
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

/** JSON with sorted keys: the same configuration has the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** Writes a frozen configuration as a recipe file the engine reads. @returns its path */
export function writeFrozen(path: string, config: JsonObject): string {
  mkdirSync(dirname(path), { recursive: true });
  // Parsed JSON: frozen by freezePlan.
  const slots = config['slots'] as JsonObject;
  writeFileSync(path, `${JSON.stringify({ recipe: config['recipe'], ...slots }, null, 2)}\n`);
  return path;
}
