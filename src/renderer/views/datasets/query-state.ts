/**
 * The question a person asks of a dataset, kept in the address: filters, search, sort, view, layout
 * and chosen row. Address values come in, a RowQuery and ways to change it go out.
 */
import { useCallback, useMemo } from 'react';
import { z } from 'zod';
import { type Filter, filter, type RowQuery } from '../../../shared/model/dataset.ts';
import { useSearchValues } from '../../shell/location.ts';

const address = z.object({
  q: z.string().catch('').default(''),
  f: z.array(filter).catch([]).default([]),
  sort: z.string().optional().catch(undefined),
  desc: z.boolean().catch(false).default(false),
  view: z.string().optional().catch(undefined),
  v: z.number().optional().catch(undefined),
  layout: z.enum(['grid', 'table']).catch('grid').default('grid'),
  row: z.number().optional().catch(undefined),
});

export interface QueryState {
  readonly query: RowQuery;
  readonly layout: 'grid' | 'table';
  /** Source number of the chosen row. */
  readonly row: number | undefined;
  readonly setFilters: (filters: readonly Filter[]) => void;
  readonly setSearch: (search: string) => void;
  readonly setSort: (column: string | null, isDescending: boolean) => void;
  readonly setLayout: (layout: 'grid' | 'table') => void;
  readonly setRow: (row: number | undefined) => void;
}

export function useQueryState(dataset: string): QueryState {
  const [values, change] = useSearchValues();
  const parsed = useMemo(() => address.parse(values), [values]);
  const { q, f, sort, desc, view, v, layout, row } = parsed;
  const query = useMemo<RowQuery>(
    () => ({
      dataset,
      filters: f,
      search: q,
      sort: sort === undefined ? null : { column: sort, isDescending: desc },
      ...(view === undefined || v === undefined ? {} : { view: { id: view, version: v } }),
    }),
    [dataset, f, q, sort, desc, view, v],
  );
  const setFilters = useCallback(
    (filters: readonly Filter[]) =>
      // An address holds JSON values of any depth; the router writes and reads them.
      change({ f: filters.length === 0 ? undefined : (filters as never) }),
    [change],
  );
  return {
    query,
    layout,
    row,
    setFilters,
    setSearch: useCallback((search) => change({ q: search === '' ? undefined : search }), [change]),
    setSort: useCallback(
      (column, isDescending) =>
        change({ sort: column ?? undefined, desc: isDescending || undefined }),
      [change],
    ),
    setLayout: useCallback(
      (next) => change({ layout: next === 'grid' ? undefined : next }),
      [change],
    ),
    setRow: useCallback((next) => change({ row: next }), [change]),
  };
}

/** The filters with one column's replaced; undefined takes it away. */
export function withColumn(
  filters: readonly Filter[],
  column: string,
  next: Filter | undefined,
): readonly Filter[] {
  const others = filters.filter((known) => !('column' in known) || known.column !== column);
  return next === undefined ? others : [...others, next];
}
