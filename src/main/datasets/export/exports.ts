/** Exports of datasets and views. */
import type {
  ExportFormat,
  ExportRecord,
  ExportRequest,
} from '../../../shared/model/dataset-reports.ts';
import { notYet } from '../service/not-yet.ts';

export class Exports {
  formats(): ExportFormat[] {
    return [];
  }
  list(_dataset: string | undefined): ExportRecord[] {
    return [];
  }
  start(_request: ExportRequest): ExportRecord {
    return notYet();
  }
  async cancel(_id: string): Promise<void> {}
  async dispose(): Promise<void> {}
}
