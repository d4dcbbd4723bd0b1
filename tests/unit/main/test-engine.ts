/**
 * An engine whose `generate` job behaves as its prompt says; the supervisor's tests start it in a
 * real process. Everything but the job is the real thing.
 */
import { defineJob } from '../../../src/engine/jobs/define.ts';
import { JobServer } from '../../../src/engine/serve.ts';
import { LabError } from '../../../src/shared/errors.ts';
import { jobParams } from '../../../src/shared/protocol/jobs.ts';

const forever = (): Promise<never> =>
  new Promise(() => {
    setInterval(() => {}, 1000);
  });

const generate = defineJob({
  name: 'generate',
  params: jobParams.generate,
  async run(context, { prompt }) {
    switch (prompt) {
      case 'rows':
        for (let i = 0; i < 3; i++) context.emit({ type: 'row', row: { i, value: Number.NaN } });
        context.log('a log line');
        return { ok: false, rows: 3 };
      case 'typed error':
        throw new LabError('image/invalid', '[image] not a picture', { hint: 'send a PNG' });
      case 'fault':
        throw new TypeError('x is not a function');
      case 'exit':
        process.stderr.write('first line\nlast words\n');
        process.exit(3);
        break;
      case 'kill':
        process.kill(process.pid, 'SIGSEGV');
        await forever();
        break;
      case 'memory':
        process.stderr.write('terminate called after throwing: std::bad_alloc\n');
        process.abort();
        break;
      case 'cooperative':
        context.emit({ type: 'event', kind: 'waiting' });
        await new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason));
          setInterval(() => {}, 1000);
        });
        break;
      case 'stubborn':
        context.emit({ type: 'event', kind: 'waiting' });
        await forever();
        break;
      case 'uncaught':
        setTimeout(() => {
          throw new Error('from a timer');
        }, 1);
        await forever();
        break;
      case 'silent':
        // Blocks the JS thread, as a long native call would.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2600);
        return {};
      default:
        return { echo: prompt };
    }
    return {};
  },
});

const server = new JobServer(
  { send: (message) => void process.send?.(message) },
  { generate: async () => generate },
);
process.on('message', (raw) => void server.handle(raw));
process.on('disconnect', () => process.exit(0));
