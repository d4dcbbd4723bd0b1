/**
 * Imports a file and is killed by its own hand after some batches, as by a power cut or the system's
 * memory guard. Arguments: path, dataset folder, workspace, number of batches.
 */
import { runImport } from '../../src/main/datasets/import/run-import.ts';
import { sniffPath } from '../../src/main/datasets/import/sniff.ts';

const [path = '', folder = '', workspace = '', batches = '2'] = process.argv.slice(2);
let left = Number(batches);
const { mapping } = await sniffPath(path);
await runImport(
  { start: { path, mapping }, folder, workspace },
  {
    isCancelled: () => {
      if (left-- === 0) process.kill(process.pid, 'SIGKILL');
      return false;
    },
    onProgress: () => {},
    onMedia: () => {},
  },
);
