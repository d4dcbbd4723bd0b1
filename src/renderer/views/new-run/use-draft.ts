/**
 * The run that is being made: recipe, name, what differs from the recipe, where rows come from. Edits
 * of the form and of the text come in; both sides read one draft. It is kept in this browser until it
 * is started, so that leaving the page loses nothing.
 */
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { z } from 'zod';
import { changedSlots, type Plain, type PlainObject } from '../../../shared/merge-slots.ts';
import { type DataRef, dataRef } from '../../../shared/model/dataset.ts';
import type { RecipeSchema } from '../../../shared/model/recipe.ts';
import { useTRPC } from '../../rpc/client.ts';
import { readRecipe } from './recipe-text.ts';
import { changed, laidOver, reset } from './slots.ts';

const KEY = 'new-run.draft';

export interface Draft {
  readonly recipe: string;
  /** '' = the one that is proposed. */
  readonly name: string;
  /** What differs from the recipe. */
  readonly changes: PlainObject;
  /** Rows of the workspace; null = what the data slot says. */
  readonly data: DataRef | null;
}

const FRESH: Draft = { recipe: 'starter-grpo', name: '', changes: {}, data: null };

const keptDraft = z.object({
  recipe: z.string(),
  name: z.string(),
  changes: z.record(z.string(), z.json()),
  data: dataRef.nullable(),
});

/** Text that cannot be read as a recipe: it is kept as it is until it can. */
export interface BrokenText {
  readonly text: string;
  readonly message: string;
  readonly line: number;
}

export interface DraftState {
  readonly draft: Draft;
  /** Of the draft's recipe; undefined while it is on its way. */
  readonly schema: RecipeSchema | undefined;
  readonly schemaError: unknown;
  /** Every slot: the changes laid over the recipe. */
  readonly values: PlainObject;
  /** Edits since the page was opened. */
  readonly edits: number;
  readonly broken: BrokenText | null;
  /** The text as it was typed, while the text was edited last. */
  readonly typed: string | null;
  readonly set: (path: string, value: Plain) => void;
  readonly resetField: (path: string) => void;
  readonly resetAll: () => void;
  readonly setName: (name: string) => void;
  readonly setRecipe: (recipe: string) => void;
  readonly setData: (data: DataRef | null) => void;
  readonly setText: (text: string) => void;
  /** Writes the text anew from the form. */
  readonly rewrite: () => void;
}

function kept(): Draft {
  try {
    const { changes, ...draft } = keptDraft.parse(JSON.parse(localStorage.getItem(KEY) ?? ''));
    return { ...draft, changes: changes as PlainObject }; // JSON is plain data
  } catch {
    return FRESH;
  }
}

/** Once it is started there is nothing to come back to. */
export function forgetDraft(): void {
  localStorage.removeItem(KEY);
}

/** @param start what the address asks for; null = what was left here last */
export function useDraft(start: Partial<Draft> | null): DraftState {
  const trpc = useTRPC();
  const [draft, setDraft] = useState<Draft>(() =>
    start === null ? kept() : { ...FRESH, ...start },
  );
  const [edits, setEdits] = useState(0);
  const [broken, setBroken] = useState<BrokenText | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const { data, error } = useQuery(trpc.recipes.schema.queryOptions({ id: draft.recipe }));
  // The wire's type of plain data is another one; the values are the same.
  const schema = data as RecipeSchema | undefined;
  // Defaults came as JSON, which is plain data.
  const defaults = schema?.defaults as PlainObject | undefined;
  useEffect(() => localStorage.setItem(KEY, JSON.stringify(draft)), [draft]);
  const edit = useCallback((change: (before: Draft) => Draft) => {
    setTyped(null);
    setDraft(change);
    setEdits((count) => count + 1);
  }, []);
  const editors = useMemo(() => {
    const base = defaults ?? {};
    return {
      set: (path: string, value: Plain) =>
        edit((before) => ({ ...before, changes: changed(base, before.changes, path, value) })),
      resetField: (path: string) =>
        edit((before) => ({ ...before, changes: reset(base, before.changes, path) })),
      resetAll: () => edit((before) => ({ ...before, changes: {}, data: null })),
      setName: (name: string) => setDraft((before) => ({ ...before, name })),
      setRecipe: (recipe: string) => edit((before) => ({ ...before, recipe, changes: {} })),
      setData: (data: DataRef | null) => edit((before) => ({ ...before, data })),
      rewrite: () => setTyped(null),
      setText: (text: string) => {
        const read = readRecipe(text);
        if (!read.ok) {
          setBroken({ text, message: read.message, line: read.line });
          return;
        }
        setBroken(null);
        edit((before) => withText(before, read, base));
        setTyped(text);
      },
    };
  }, [defaults, edit]);
  const values = useMemo(
    () => (defaults === undefined ? draft.changes : laidOver(defaults, draft.changes)),
    [defaults, draft.changes],
  );
  return { draft, schema, schemaError: error, values, edits, broken, typed, ...editors };
}

/** Slots of another recipe are compared with it once its form is there. */
function withText(
  before: Draft,
  read: { readonly recipe: string | null; readonly slots: PlainObject },
  base: PlainObject,
): Draft {
  const recipe = read.recipe ?? before.recipe;
  const changes = recipe === before.recipe ? changedSlots(base, read.slots) : read.slots;
  return { ...before, recipe, changes };
}
