/**
 * Where the window is and how it goes elsewhere. Pages name places as paths; search parameters are
 * what is worth keeping in an address (filters, a row, a step).
 */
import { useNavigate, useParams, useRouterState, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type SearchValues = Readonly<Record<string, string | number | boolean | undefined>>;
export type Go = (
  path: string,
  options?: { readonly search?: SearchValues; readonly replace?: boolean },
) => void;

/** Goes to a path such as `/runs/r1`. */
export function useGo(): Go {
  const navigate = useNavigate();
  return useCallback<Go>(
    (path, options = {}) => {
      // Routes are made from the roll-call of views, so their literal types do not exist.
      void navigate({
        to: path,
        search: options.search ?? {},
        replace: options.replace ?? false,
      } as never);
    },
    [navigate],
  );
}

/** A parameter of the path, '' when the page has none of that name. */
export function usePathParam(name: string): string {
  const params: Readonly<Record<string, unknown>> = useParams({ strict: false });
  const value = params[name];
  return typeof value === 'string' ? value : '';
}

/** Search values of the address, and a way to change some of them without a step in the history. */
export function useSearchValues(): readonly [
  Readonly<Record<string, unknown>>,
  (change: SearchValues, options?: { readonly push?: boolean }) => void,
] {
  const values: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (next: SearchValues, options: { readonly push?: boolean } = {}) => {
      const merge = (previous: object) =>
        Object.fromEntries(
          Object.entries({ ...previous, ...next }).filter(([, value]) => value !== undefined),
        );
      // As in useGo: there are no literal route types.
      void navigate({ to: '.', search: merge, replace: options.push !== true } as never);
    },
    [navigate],
  );
  return [values, change];
}

export function usePathname(): string {
  return useRouterState({ select: (state) => state.location.pathname });
}
