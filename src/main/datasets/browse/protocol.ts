/**
 * What main and the query worker say to each other. Comes in: a request with an id. Goes out: the
 * answer or a LabError in wire form, under the same id.
 */
import type { WireError } from '../../../shared/errors.ts';
import type {
  FacetReport,
  FacetRequest,
  RowCount,
  RowPage,
  RowQuery,
} from '../../../shared/model/dataset.ts';

/** What the worker can be asked; each entry is its parameters and its answer. */
export interface QueryCalls {
  rows: { params: { query: RowQuery; offset: number; limit: number }; answer: RowPage };
  count: { params: { query: RowQuery }; answer: RowCount };
  locate: { params: { query: RowQuery; row: number }; answer: number | null };
  facets: { params: FacetRequest; answer: FacetReport };
  /** All rows of a query, in its order. */
  resolve: { params: { query: RowQuery }; answer: Int32Array };
  /** The stored text of a sample; null when there is no such row. */
  sample: { params: { dataset: string; row: number }; answer: string | null };
  /** Makes the columns folder; asked of a worker of its own, because it takes a while. */
  prepare: { params: { dataset: string }; answer: number };
  /** Adds the pass rates of a run as a column; answers for how many rows there are some. */
  passRates: {
    params: { dataset: string; run: string; name: string; title: string };
    answer: number;
  };
  /** Lets the files of a dataset go. */
  close: { params: { dataset: string }; answer: null };
}
export type QueryName = keyof QueryCalls;

export interface QueryRequest {
  readonly id: number;
  readonly name: QueryName;
  readonly params: unknown;
  /** Counts changes of tags and reports: what was worked out before the last one is forgotten. */
  readonly epoch: number;
}

export type QueryResponse =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: WireError };

export interface QueryWorkerData {
  readonly workspace: string;
}
