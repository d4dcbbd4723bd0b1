/** What the datasets page asks of main. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { RowCard, RowQuery } from '../../../shared/model/dataset.ts';
import { useTRPC } from '../../rpc/client.ts';

export function useDatasets() {
  return useQuery(useTRPC().datasets.list.queryOptions());
}

export function useViews(dataset: string | undefined) {
  return useQuery(useTRPC().datasets.views.queryOptions(dataset === undefined ? {} : { dataset }));
}

export function useFacets(query: RowQuery, isEnabled: boolean) {
  return useQuery(
    useTRPC().datasets.facets.queryOptions(
      { query },
      { enabled: isEnabled, placeholderData: (previous) => previous },
    ),
  );
}

export function useSample(dataset: string, row: number | undefined) {
  return useQuery(
    useTRPC().datasets.sample.queryOptions(
      { dataset, row: row ?? 0 },
      { enabled: row !== undefined, placeholderData: (previous) => previous },
    ),
  );
}

export function useModelView(dataset: string, row: number | undefined, model: string | undefined) {
  return useQuery(
    useTRPC().datasets.modelSees.queryOptions(
      { dataset, row: row ?? 0, ...(model === undefined ? {} : { model }) },
      { enabled: row !== undefined },
    ),
  );
}

export function usePreflight(dataset: string, isEnabled: boolean) {
  return useQuery(useTRPC().datasets.preflight.queryOptions({ dataset }, { enabled: isEnabled }));
}

const PAGE = 100;

export interface RowWindow {
  readonly total: number | undefined;
  /** Seconds that counting took. */
  readonly seconds: number | undefined;
  readonly error: unknown;
  readonly rowAt: (index: number) => RowCard | undefined;
  readonly onRange: (first: number, end: number) => void;
}

/** Pages of rows around what is visible; everything else stays in the dataset's file. */
export function useRowWindow(query: RowQuery, isEnabled: boolean): RowWindow {
  const trpc = useTRPC();
  const [range, setRange] = useState({ first: 0, end: PAGE });
  const count = useQuery(
    trpc.datasets.count.queryOptions(
      { query },
      { enabled: isEnabled, placeholderData: (previous) => previous },
    ),
  );
  const firstPage = Math.floor(range.first / PAGE);
  const lastPage = Math.floor(Math.max(range.first, range.end - 1) / PAGE);
  const pages = Array.from({ length: lastPage - firstPage + 1 }, (_, i) => firstPage + i);
  const results = useQueries({
    queries: pages.map((page) =>
      trpc.datasets.rows.queryOptions(
        { query, offset: page * PAGE, limit: PAGE },
        { enabled: isEnabled },
      ),
    ),
  });
  const rows = useMemo(() => {
    const found = new Map<number, RowCard>();
    for (const { data } of results) {
      data?.rows.forEach((card, i) => {
        found.set(data.offset + i, card);
      });
    }
    return found;
  }, [results]);
  const rowAt = useCallback((index: number) => rows.get(index), [rows]);
  const onRange = useCallback(
    (first: number, end: number) =>
      setRange((known) => (known.first === first && known.end === end ? known : { first, end })),
    [],
  );
  return {
    total: count.data?.rows,
    seconds: count.data === undefined ? undefined : count.data.ms / 1000,
    error: count.error ?? results.find(({ error }) => error !== null)?.error ?? null,
    rowAt,
    onRange,
  };
}
