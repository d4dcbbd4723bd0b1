/**
 * Entry of the import worker. Comes in: jobs, one at a time. Goes out: messages (progress, media that
 * were stored) and the result of each. What foreign files do to a parser happens here and not in the main
 * process.
 */
import { parentPort } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type {
  ImportProgress,
  ImportResult,
  PreviewResult,
  SniffResult,
} from '../../../shared/model/import.ts';
import { previewRows } from './preview.ts';
import { runImport } from './run-import.ts';
import { sniffPath } from './sniff.ts';
import { BEAT, CANCEL, type WorkerJob, type WorkerMessage } from './worker-messages.ts';

/** Progress is told at most this often. */
const TELL_EVERY_MS = 100;

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function work(job: WorkerJob): Promise<SniffResult | PreviewResult | ImportResult> {
  switch (job.kind) {
    case 'sniff':
      return await sniffPath(job.path, job.set);
    case 'preview':
      return await previewRows(job.request);
    case 'import': {
      const state = new Int32Array(job.state);
      return await runImport(job.request, {
        isCancelled: () => Atomics.load(state, CANCEL) === 1,
        onBeat: () => Atomics.add(state, BEAT, 1),
        onProgress: throttled((progress) => say({ kind: 'progress', progress })),
        onMedia: (media) => say({ kind: 'media', media }),
      });
    }
  }
}

/** The last stage is always told; of the many of reading, those that an eye can follow. */
function throttled(tell: (progress: ImportProgress) => void): (progress: ImportProgress) => void {
  let toldAt = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === 'reading' && now - toldAt < TELL_EVERY_MS) return;
    toldAt = now;
    tell(progress);
  };
}

parentPort?.on('message', (job: WorkerJob) => {
  work(job).then(
    (value) => say({ kind: 'done', value }),
    (thrown: unknown) => say({ kind: 'failed', error: LabError.from(thrown).toWire() }),
  );
});
