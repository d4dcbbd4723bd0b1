/**
 * What of a run is on the board, kept in the address: run, step, prompt, completion, token colours,
 * layout. Address values come in; the state and ways to change it go out.
 */
import { useCallback, useMemo } from 'react';
import { z } from 'zod';
import { groupFilter } from '../../../shared/model/rollout.ts';
import { usePathParam, useSearchValues } from '../../shell/location.ts';

export const COLOURS = ['advantage', 'logprob', 'entropy', 'ratio', 'kl'] as const;
export type Colour = (typeof COLOURS)[number];

const address = z.object({
  step: z.number().optional().catch(undefined),
  prompt: z.coerce.string().optional().catch(undefined),
  sample: z.number().optional().catch(undefined),
  colour: z.enum(COLOURS).catch('advantage').default('advantage'),
  layout: z.enum(['aligned', 'cards']).catch('aligned').default('aligned'),
  filter: groupFilter.catch('all').default('all'),
  folded: z.boolean().catch(true).default(true),
});
export type BoardValues = z.output<typeof address>;

export interface BoardState extends BoardValues {
  readonly run: string;
  readonly change: (next: Partial<BoardValues>) => void;
}

export function useBoardState(): BoardState {
  const run = usePathParam('run');
  const [values, setValues] = useSearchValues();
  const parsed = useMemo(() => address.parse(values), [values]);
  const change = useCallback((next: Partial<BoardValues>) => setValues(next), [setValues]);
  return { ...parsed, run, change };
}
