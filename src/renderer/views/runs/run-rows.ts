/**
 * Rows of the table of runs. Runs, filters, an order and a grouping come in; rows go out, with a head
 * before each group. Runs without a value for the order come last, whichever way it goes.
 */
import type { RunSummary } from '../../../shared/model/app-run.ts';
import type { Grouping } from './table-state.ts';

export interface RunFilter {
  readonly kind: 'status' | 'recipe' | 'tag' | 'shape';
  readonly value: string;
}

export type RunRow =
  | { readonly kind: 'run'; readonly id: string; readonly run: RunSummary }
  | { readonly kind: 'group'; readonly id: string; readonly title: string; readonly runs: number };

export interface RowOptions {
  readonly words: string;
  readonly filters: readonly RunFilter[];
  /** Column: name, status, recipe, model, step, started, time, note, metric:<id>, param:<path>. */
  readonly sort: { readonly key: string; readonly isDescending: boolean };
  readonly group: Grouping;
  /** What runs without a tag stand under. */
  readonly noTag: string;
}

export function runRows(runs: readonly RunSummary[], options: RowOptions): RunRow[] {
  const shown = runs.filter((run) => hasWords(run, options.words) && passes(run, options.filters));
  const sorted = sortRuns(shown, options.sort);
  if (options.group === 'none') return sorted.map(rowOf);
  const groups = new Map<string, RunSummary[]>();
  for (const run of sorted) {
    for (const title of titlesOf(run, options)) {
      groups.set(title, [...(groups.get(title) ?? []), run]);
    }
  }
  return [...groups].flatMap(([title, members]): RunRow[] => [
    { kind: 'group', id: `group ${title}`, title, runs: members.length },
    ...members.map((run): RunRow => ({ kind: 'run', id: `${title} ${run.id}`, run })),
  ]);
}

function rowOf(run: RunSummary): RunRow {
  return { kind: 'run', id: run.id, run };
}

/** A run stands once under each of its tags. */
function titlesOf(run: RunSummary, { group, noTag }: RowOptions): readonly string[] {
  switch (group) {
    case 'recipe':
      return [run.recipe];
    case 'model':
      return [run.model];
    case 'status':
      return [run.status];
    case 'tag':
      return run.tags.length === 0 ? [noTag] : run.tags;
    case 'none':
      return [''];
  }
}

function hasWords(run: RunSummary, words: string): boolean {
  const hay = [run.name, run.id, run.recipe, run.model, run.data, run.note, ...run.tags]
    .join(' ')
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** Filters of one kind are alternatives; all kinds must pass. */
function passes(run: RunSummary, filters: readonly RunFilter[]): boolean {
  const byKind = Map.groupBy(filters, ({ kind }) => kind);
  return [...byKind].every(([kind, wanted]) =>
    wanted.some(({ value }) =>
      kind === 'tag' ? run.tags.includes(value) : String(run[kind] ?? '') === value,
    ),
  );
}

function sortRuns(
  runs: readonly RunSummary[],
  { key, isDescending }: RowOptions['sort'],
): RunSummary[] {
  return runs.toSorted((a, b) => {
    const [left, right] = [sortValue(a, key), sortValue(b, key)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : String(left).localeCompare(String(right), 'en', { numeric: true });
    return isDescending ? -order : order;
  });
}

export function sortValue(run: RunSummary, key: string): string | number | null {
  if (key.startsWith('metric:')) return run.latest[key.slice('metric:'.length)] ?? null;
  if (key.startsWith('param:')) {
    const value = run.params[key.slice('param:'.length)] ?? null;
    return typeof value === 'boolean' ? String(value) : value;
  }
  switch (key) {
    case 'status':
      return run.status;
    case 'recipe':
      return run.recipe;
    case 'model':
      return run.model;
    case 'step':
      return run.step;
    case 'started':
      return run.startedAt;
    case 'time':
      return run.endedAt === null ? null : run.endedAt - run.startedAt;
    case 'note':
      return run.note === '' ? null : run.note;
    default:
      return run.name;
  }
}
