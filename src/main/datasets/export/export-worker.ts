/** The thread that writes an export. Comes in: a job. Goes out: progress, then the outcome. */
import { parentPort, workerData } from 'node:worker_threads';
import { LabError, type WireError } from '../../../shared/errors.ts';
import type { Progress } from '../../../shared/model/dataset-reports.ts';
import { type ExportJob, type ExportOutcome, runExport } from './run-export.ts';

export type ExportMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly outcome: ExportOutcome }
  | { readonly kind: 'failed'; readonly error: WireError };

function tell(message: ExportMessage): void {
  parentPort?.postMessage(message);
}

// Main starts this module with exactly this.
runExport(workerData as ExportJob, (progress) => tell({ kind: 'progress', progress })).then(
  (outcome) => tell({ kind: 'done', outcome }),
  (thrown: unknown) => {
    const { stack: _, ...error } = LabError.from(thrown).toWire();
    tell({ kind: 'failed', error });
  },
);
