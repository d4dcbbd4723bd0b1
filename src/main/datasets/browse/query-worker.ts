/**
 * The thread that reads datasets, so that the event loop of main never waits for a disk or a million
 * rows. Comes in: requests of ./protocol.ts, one after the other. Goes out: answers or errors.
 */
import {
  type MessagePort,
  parentPort,
  type TransferListItem,
  workerData,
} from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import { storageError } from '../../storage/database.ts';
import type {
  QueryCalls,
  QueryName,
  QueryRequest,
  QueryResponse,
  QueryWorkerData,
} from './protocol.ts';
import { QueryEngine } from './query-engine.ts';

/** Main starts this module with exactly this. */
const { workspace } = workerData as QueryWorkerData;
const engine = new QueryEngine(workspace);

const calls: { [N in QueryName]: (params: QueryCalls[N]['params']) => QueryCalls[N]['answer'] } = {
  rows: ({ query, offset, limit }) => engine.rows(query, offset, limit),
  count: ({ query }) => engine.count(query),
  locate: ({ query, row }) => engine.locate(query, row),
  facets: (request) => engine.facets(request),
  resolve: ({ query }) => engine.resolve(query),
  sample: ({ dataset, row }) => engine.sample(dataset, row),
  prepare: ({ dataset }) => engine.prepare(dataset),
  passRates: ({ dataset, ...request }) => engine.passRates(dataset, request),
  close: ({ dataset }) => engine.close(dataset),
};

function serve(port: MessagePort): void {
  port.on('message', ({ id, name, params, epoch }: QueryRequest) => {
    try {
      engine.setEpoch(epoch);
      // The sender is typed by the same table.
      const answer = calls[name](params as never);
      const transfer: TransferListItem[] =
        answer instanceof Int32Array ? [answer.buffer as ArrayBuffer] : []; // never shared memory
      port.postMessage({ id, answer } satisfies QueryResponse, transfer);
    } catch (thrown) {
      const error = LabError.from(storageError('rows.sqlite', thrown)).toWire();
      port.postMessage({ id, error } satisfies QueryResponse);
    }
  });
}

if (parentPort !== null) serve(parentPort);
