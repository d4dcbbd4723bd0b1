/** The datasets of a workspace, by part. */
import type {
  BadRow,
  DataRef,
  DatasetSummary,
  RowQuery,
  SavedMapping,
  SqlTable,
  TrainingFile,
  View,
  WorldRequest,
} from '../../../shared/model/dataset.ts';
import type {
  ExportFormat,
  ExportRecord,
  ExportRequest,
  ModelView,
  PreflightFix,
  PreflightProblem,
  PreflightState,
} from '../../../shared/model/dataset-reports.ts';
import type { Mapping, PreviewResult, SniffResult } from '../../../shared/model/import.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { DatasetBrowser } from '../browse/browser.ts';
import { notYet } from './not-yet.ts';

export class DatasetsService {
  readonly browser = new DatasetBrowser();

  async list(): Promise<DatasetSummary[]> {
    return [];
  }
  async get(_id: string): Promise<DatasetSummary> {
    return notYet();
  }
  async sniff(_path: string): Promise<SniffResult> {
    return notYet();
  }
  async preview(_request: {
    path: string;
    mapping: Mapping;
    count: number;
  }): Promise<PreviewResult> {
    return notYet();
  }
  async mappings(): Promise<SavedMapping[]> {
    return [];
  }
  async saveMapping(_request: { name: string; mapping: Mapping }): Promise<SavedMapping> {
    return notYet();
  }
  async removeMapping(_id: string): Promise<void> {
    return notYet();
  }
  async import(_request: {
    path: string;
    mapping: Mapping;
    name: string;
    isHeldOut: boolean;
  }): Promise<DatasetSummary> {
    return notYet();
  }
  async sample(_dataset: string, _row: number): Promise<Sample> {
    return notYet();
  }
  async importWorld(_request: WorldRequest): Promise<DatasetSummary> {
    return notYet();
  }
  async cancelImport(_id: string): Promise<void> {
    return notYet();
  }
  async resumeImport(_id: string): Promise<void> {
    return notYet();
  }
  async badRows(
    _id: string,
    _page: { offset: number; limit: number },
  ): Promise<{ rows: BadRow[]; total: number }> {
    return notYet();
  }
  async rename(_id: string, _name: string): Promise<void> {
    return notYet();
  }
  async remove(_id: string): Promise<void> {
    return notYet();
  }
  async setHeldOut(_id: string, _isHeldOut: boolean): Promise<void> {
    return notYet();
  }
  async tag(_edit: {
    dataset: string;
    rows?: number[] | undefined;
    query?: RowQuery | undefined;
    add: string[];
    remove: string[];
  }): Promise<{ rows: number }> {
    return notYet();
  }
  async views(_dataset?: string): Promise<View[]> {
    return [];
  }
  async createView(_request: {
    name: string;
    query: RowQuery;
    rows?: number[] | undefined;
  }): Promise<View> {
    return notYet();
  }
  async updateView(_request: {
    id: string;
    name?: string | undefined;
    query?: RowQuery | undefined;
    rows?: number[] | undefined;
    isHeldOut?: boolean | undefined;
  }): Promise<View> {
    return notYet();
  }
  async removeView(_id: string): Promise<void> {
    return notYet();
  }
  async materialise(_ref: DataRef): Promise<TrainingFile> {
    return notYet();
  }
  async sql(_request: { dataset: string; sql: string; limit: number }): Promise<SqlTable> {
    return notYet();
  }
  async preflight(_dataset: string): Promise<PreflightState> {
    return { report: null, running: null, error: null };
  }
  async runPreflight(_dataset: string): Promise<void> {
    return notYet();
  }
  async cancelPreflight(_dataset: string): Promise<void> {
    return notYet();
  }
  async fixPreflight(_request: {
    dataset: string;
    problem: PreflightProblem['id'];
    fix: PreflightFix['id'];
    view?: string | undefined;
  }): Promise<View | null> {
    return notYet();
  }
  exportFormats(): ExportFormat[] {
    return [];
  }
  async exports(_dataset?: string): Promise<ExportRecord[]> {
    return [];
  }
  async export(_request: ExportRequest): Promise<ExportRecord> {
    return notYet();
  }
  async cancelExport(_id: string): Promise<void> {
    return notYet();
  }
  async modelSees(_request: {
    dataset: string;
    row: number;
    model?: string | undefined;
  }): Promise<ModelView> {
    return notYet();
  }
  async dispose(): Promise<void> {}
}
