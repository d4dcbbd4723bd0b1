/**
 * What the address asks for: a recipe, a model, rows of the workspace, or all that another run was made
 * of. Search values come in; the beginning of a draft goes out.
 */
import { useQuery } from '@tanstack/react-query';
import {
  changedSlots,
  isPlainObject,
  type Plain,
  type PlainObject,
} from '../../../shared/merge-slots.ts';
import type { DataRef } from '../../../shared/model/dataset.ts';
import { useTRPC } from '../../rpc/client.ts';
import type { Draft } from './use-draft.ts';

export interface Start {
  /** null = nothing is asked for. */
  readonly draft: Partial<Draft> | null;
  readonly isPending: boolean;
  readonly error: unknown;
}

export function useStart(search: Readonly<Record<string, unknown>>): Start {
  const trpc = useTRPC();
  const word = (key: string) => (typeof search[key] === 'string' ? search[key] : undefined);
  const from = word('from');
  const config = useQuery(
    trpc.runs.config.queryOptions({ run: from ?? '' }, { enabled: from !== undefined }),
  );
  const recipe = config.data?.recipe ?? word('recipe') ?? 'starter-grpo';
  const schema = useQuery(
    trpc.recipes.schema.queryOptions({ id: recipe }, { enabled: config.data !== undefined }),
  );
  if (from !== undefined) {
    const error = config.error ?? schema.error;
    if (config.data === undefined || schema.data === undefined) {
      return { draft: null, isPending: error === null, error };
    }
    const slots = slotsOf(config.data.config as PlainObject); // JSON of main
    const changes = changedSlots(schema.data.defaults as PlainObject, slots); // JSON of main
    return { draft: { recipe, changes }, isPending: false, error: null };
  }
  const asked = { recipe: word('recipe'), model: word('model'), data: dataOf(search) };
  if (asked.recipe === undefined && asked.model === undefined && asked.data === null) {
    return { draft: null, isPending: false, error: null };
  }
  return {
    draft: {
      recipe,
      data: asked.data,
      changes: asked.model === undefined ? {} : { model: { path: asked.model } },
    },
    isPending: false,
    error: null,
  };
}

/** A resolved recipe is its slots, or an object that has them beside its name. */
function slotsOf(config: PlainObject): PlainObject {
  const slots: Plain | undefined = config['slots'];
  return isPlainObject(slots) ? slots : config;
}

function dataOf(search: Readonly<Record<string, unknown>>): DataRef | null {
  const { dataset, view, v } = search;
  if (typeof dataset !== 'string') return null;
  return typeof view === 'string'
    ? { dataset, view: { id: view, version: Number(v ?? 1) } }
    : { dataset };
}
