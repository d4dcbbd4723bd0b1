/**
 * The check while somebody types. A draft comes in; what it resolves to, where that differs from the
 * recipe and every problem with its field and line go out. Only the newest draft of a session is
 * looked at: one that waits is dropped as soon as a newer one arrives.
 */
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import {
  type RecipeCheck,
  type RecipeDraft,
  type RecipeProblem,
  type RecipeShape,
  recipeShape,
} from '../../shared/model/recipe.ts';
import { recipeCheckResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import { differencesOf } from './differences.ts';
import { type FlatDraft, flattenDraft, type RecipeLookup } from './draft.ts';
import { slotsOf } from './yaml.ts';

export interface CheckerOptions {
  readonly engine: JobRunner;
  readonly lookup: RecipeLookup;
  /** Every slot of a recipe, for the comparison. */
  readonly defaults: (id: string) => Promise<JsonObject>;
}

interface Waiting {
  readonly start: () => void;
  readonly drop: () => void;
}

export class RecipeChecker {
  readonly #options: CheckerOptions;
  /** By session: whether a check is under way, and the one that waits for it. */
  readonly #busy = new Map<string, Waiting | null>();

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** @throws LabError `engine/cancelled` when a newer draft of the session came in, or an engine that died */
  async check(
    draft: RecipeDraft,
    { session, signal }: { readonly session: string; readonly signal?: AbortSignal | undefined },
  ): Promise<RecipeCheck> {
    await this.#turn(session);
    try {
      if (signal?.aborted === true) throw superseded();
      return await this.#look(draft);
    } finally {
      const next = this.#busy.get(session);
      if (next === null || next === undefined) this.#busy.delete(session);
      else next.start();
    }
  }

  /** Every slot filled in. @throws LabError `recipe/*` with the first problem */
  async resolve(draft: RecipeDraft): Promise<JsonObject> {
    const { resolved, problems } = await this.#look(draft, { isCompared: false });
    if (resolved !== null) return resolved;
    const [first] = problems;
    throw new LabError(
      'recipe/invalid',
      `[recipe ${draft.id}] ${first?.message ?? 'does not fit'}`,
      {
        hint: first?.hint ?? undefined,
        details: { problems },
      },
    );
  }

  /** Waits until the session is free; a newer call makes the waiting one give up. */
  #turn(session: string): Promise<void> {
    const waiting = this.#busy.get(session);
    if (waiting === undefined) {
      this.#busy.set(session, null);
      return Promise.resolve();
    }
    waiting?.drop();
    return new Promise((resolve, reject) => {
      this.#busy.set(session, {
        start: () => {
          this.#busy.set(session, null);
          resolve();
        },
        drop: () => reject(superseded()),
      });
    });
  }

  async #look(draft: RecipeDraft, { isCompared = true } = {}): Promise<RecipeCheck> {
    let flat: FlatDraft;
    try {
      flat = flattenDraft(draft, this.#options.lookup);
    } catch (thrown) {
      return unreadable(LabError.from(thrown));
    }
    const answer = await this.#ask(flat);
    const isResolved = answer.resolved !== null && isCompared;
    const from = isResolved ? await this.#options.defaults(flat.named).catch(() => null) : null;
    return {
      ok: answer.ok,
      base: flat.base,
      shape: answer.shape,
      resolved: answer.resolved,
      slots: flat.slots,
      differences: from === null ? [] : differencesOf(slotsOf(from), slotsOf(answer.resolved)),
      problems: answer.problems.map((problem) => ({
        ...problem,
        line: flat.text?.lineOf(problem.path) ?? problem.line,
      })),
    };
  }

  async #ask(flat: FlatDraft): Promise<{
    readonly ok: boolean;
    readonly shape: RecipeShape | null;
    readonly resolved: JsonObject | null;
    readonly problems: readonly RecipeProblem[];
  }> {
    try {
      const [row] = await askEngine(
        this.#options.engine,
        'recipe-check',
        { recipe: flat.base, slots: flat.slots, asYouType: true },
        { row: recipeCheckResult },
      );
      if (row === undefined) throw new LabError('engine/protocol', '[recipe-check] no answer');
      return { ...row, shape: recipeShape.nullable().catch(null).parse(row.shape) };
    } catch (thrown) {
      const error = LabError.from(thrown);
      if (!error.code.startsWith('recipe/')) throw error;
      return { ok: false, shape: null, resolved: null, problems: [problemOf(error)] };
    }
  }
}

/** Text that is no YAML: there is nothing to resolve yet. */
function unreadable(error: LabError): RecipeCheck {
  if (!error.code.startsWith('recipe/')) throw error;
  return {
    ok: false,
    base: null,
    shape: null,
    resolved: null,
    slots: null,
    differences: [],
    problems: [problemOf(error)],
  };
}

function problemOf(error: LabError): RecipeProblem {
  const line = error.details?.['line'];
  return {
    path: '',
    // The tag names the draft, which the person is looking at.
    message: error.message.replace(/^\[[^\]]*\]\s*/, ''),
    hint: error.hint ?? null,
    line: typeof line === 'number' ? line : null,
    severity: 'error',
  };
}

function superseded(): LabError {
  return new LabError('engine/cancelled', '[recipe-check] a newer draft came in');
}
