/** Rows, counts and facets of datasets. */
import type {
  Facet,
  FacetReport,
  FacetRequest,
  RowCount,
  RowPage,
  RowQuery,
} from '../../../shared/model/dataset.ts';
import { notYet } from '../service/not-yet.ts';

export class DatasetBrowser {
  async rows(_query: RowQuery, _offset: number, _limit: number): Promise<RowPage> {
    return notYet();
  }
  async count(_query: RowQuery): Promise<RowCount> {
    return notYet();
  }
  async locate(_query: RowQuery, _row: number): Promise<number | null> {
    return notYet();
  }
  async facets(_request: FacetRequest): Promise<FacetReport> {
    return notYet();
  }
}
export type { Facet };
