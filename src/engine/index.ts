/**
 * Process entry of the engine. In: messages of the parent process over IPC. Out: messages back, then
 * the end of the process when the parent disconnects. Started by src/main/engine/supervisor.ts.
 */
import { LabError } from '../shared/errors.ts';
import { jobs } from './jobs/index.ts';
import { JobServer } from './serve.ts';

/** How long a job may take to reach a safe point once its parent is gone. */
const ORPHAN_GRACE_MS = 30_000;

const send = process.send?.bind(process);
if (send === undefined) {
  process.stderr.write('error[engine/protocol]: the engine is started by rationale, not by hand\n');
  process.exit(2);
}

const server = new JobServer(
  { send: (message) => void (process.connected && send(message)) },
  jobs,
);
const pending = new Set<Promise<void>>();

process.on('message', (raw: unknown) => {
  const handled = server.handle(raw).finally(() => pending.delete(handled));
  pending.add(handled);
});

process.on('disconnect', () => {
  server.dispose();
  setTimeout(() => process.exit(1), ORPHAN_GRACE_MS).unref();
  void Promise.allSettled(pending).then(() => process.exit(0));
});

// Ctrl-C reaches the whole process group; the parent decides and sends `cancel`.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => server.cancel());

process.on('uncaughtException', (thrown) => {
  const error = LabError.from(thrown);
  process.stderr.write(`${error.stack ?? error.message}\n`);
  if (!process.connected) process.exit(1);
  send({ type: 'failed', error: error.toWire() }, undefined, undefined, () => process.exit(1));
});
