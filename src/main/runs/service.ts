/** The runs of a workspace, by part. */
import type {
  CheckpointInfo,
  CommandResult,
  EvaluationResult,
  HealthSignal,
  RunColumns,
  RunConfig,
  RunEventRow,
  RunSettings,
  RunStages,
  RunSummary,
  RunWatch,
} from '../../shared/model/app-run.ts';
import type {
  DryRunReport,
  EnqueueRequest,
  QueueItem,
  QueueView,
  TrainPlan,
} from '../../shared/model/run-queue.ts';
import type { CatalogEntry, Series, SeriesRequest } from '../../shared/model/run-series.ts';
import type { ControlCommand } from '../../shared/protocol/control.ts';

const soon = (): never => {
  throw new Error('not yet');
};

class QueueService {
  view(): QueueView {
    return soon();
  }
  enqueue(_request: EnqueueRequest): Promise<QueueItem[]> {
    return soon();
  }
  reorder(_id: string, _before: string | null): QueueView {
    return soon();
  }
  update(_change: { id: string }): Promise<QueueItem> {
    return soon();
  }
  remove(_id: string): QueueView {
    return soon();
  }
  retry(_id: string): QueueView {
    return soon();
  }
  start(): QueueView {
    return soon();
  }
  pause(): QueueView {
    return soon();
  }
}

export class RunsService {
  readonly queue = new QueueService();
  list(_options: { params: string[]; isArchivedShown: boolean }): RunSummary[] {
    return [];
  }
  columns(): RunColumns {
    return soon();
  }
  get(_run: string): RunSummary {
    return soon();
  }
  watch(
    _run: string,
    _after: number,
    _signal: AbortSignal | undefined,
  ): AsyncGenerator<{ seq: number; data: RunWatch }> {
    return soon();
  }
  series(_request: SeriesRequest): Series[] {
    return soon();
  }
  catalog(_run: string): CatalogEntry[] {
    return soon();
  }
  health(_run: string): HealthSignal[] {
    return soon();
  }
  stages(_run: string, _last: number): RunStages {
    return soon();
  }
  events(_run: string, _after: number, _limit: number): RunEventRow[] {
    return soon();
  }
  log(_run: string): { lines: string[] } {
    return soon();
  }
  checkpoints(_run: string): CheckpointInfo[] {
    return soon();
  }
  config(_run: string): RunConfig {
    return soon();
  }
  evaluations(_run: string | undefined): EvaluationResult[] {
    return soon();
  }
  dryRun(_plan: TrainPlan): Promise<DryRunReport> {
    return soon();
  }
  cancelDryRun(_id: string): void {
    return soon();
  }
  dryRuns(): DryRunReport[] {
    return soon();
  }
  control(_run: string, _command: ControlCommand): Promise<CommandResult> {
    return soon();
  }
  resume(_run: string, _steps: number | undefined): Promise<CommandResult> {
    return soon();
  }
  stop(_run: string): Promise<CommandResult> {
    return soon();
  }
  kill(_run: string): Promise<CommandResult> {
    return soon();
  }
  annotate(
    _run: string,
    _change: { name?: string; note?: string; tags?: string[]; isArchived?: boolean },
  ): RunSummary {
    return soon();
  }
  remove(_run: string): Promise<void> {
    return soon();
  }
  importFolder(_request: { path: string; name?: string | undefined }): Promise<RunSummary> {
    return soon();
  }
  settings(): RunSettings {
    return soon();
  }
  setSettings(_change: {
    autoResume?: boolean | undefined;
    restartLimit?: number | undefined;
  }): RunSettings {
    return soon();
  }
}
