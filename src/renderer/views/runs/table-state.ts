/** How a person likes the table of runs, kept in this browser: columns, order, groups. */
import { useCallback, useState } from 'react';
import { z } from 'zod';

const KEY = 'runs.table';

export const grouping = z.enum(['none', 'recipe', 'model', 'tag', 'status']);
export type Grouping = z.infer<typeof grouping>;

const tableState = z.object({
  metrics: z.array(z.string()).catch(['evaluation/accuracy', 'reward/mean']),
  params: z.array(z.string()).catch(['optimizer.learningRate']),
  group: grouping.catch('none'),
  isArchivedShown: z.boolean().catch(false),
  sort: z
    .object({ key: z.string(), isDescending: z.boolean() })
    .catch({ key: 'started', isDescending: true }),
});
export type TableState = z.infer<typeof tableState>;

function read(): TableState {
  try {
    return tableState.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return tableState.parse({});
  }
}

export function useTableState(): readonly [TableState, (change: Partial<TableState>) => void] {
  const [state, setState] = useState(read);
  const change = useCallback((part: Partial<TableState>) => {
    setState((before) => {
      const next = { ...before, ...part };
      localStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, []);
  return [state, change];
}
