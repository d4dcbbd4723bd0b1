/**
 * Rows, counts and facets of datasets, asked of the query worker. Comes in: queries. Goes out: what
 * matches. The worker starts with the first question; when it dies, the question in hand fails and the
 * next one starts another.
 */
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type {
  FacetReport,
  FacetRequest,
  RowCount,
  RowPage,
  RowQuery,
} from '../../../shared/model/dataset.ts';
import { decodeSample, type Sample } from '../../../shared/model/sample.ts';
import { entryPath } from '../../entries.ts';
import type {
  QueryCalls,
  QueryName,
  QueryRequest,
  QueryResponse,
  QueryWorkerData,
} from './protocol.ts';

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: LabError) => void;
}

export class DatasetBrowser {
  readonly #workspace: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #others = new Set<DatasetBrowser>();
  #worker: Worker | undefined;
  #nextId = 1;
  #epoch = 1;

  constructor(options: QueryWorkerData) {
    this.#workspace = options.workspace;
  }

  rows(query: RowQuery, offset: number, limit: number): Promise<RowPage> {
    return this.#ask('rows', { query, offset, limit });
  }

  count(query: RowQuery): Promise<RowCount> {
    return this.#ask('count', { query });
  }

  locate(query: RowQuery, row: number): Promise<number | null> {
    return this.#ask('locate', { query, row });
  }

  facets(request: FacetRequest): Promise<FacetReport> {
    return this.#ask('facets', request);
  }

  /** The numbers of all rows of a query, in its order. */
  resolve(query: RowQuery): Promise<Int32Array> {
    return this.#ask('resolve', { query });
  }

  /** @throws LabError `dataset/missing-row` */
  async sample(dataset: string, row: number): Promise<Sample> {
    const text = await this.#ask('sample', { dataset, row });
    if (text !== null) return decodeSample(text);
    throw new LabError('dataset/missing-row', `[rows] ${dataset} has no row ${row}`);
  }

  /**
   * Derives the columns of a dataset that has just been imported, in a thread of its own.
   * @returns false when the signal ended it before
   */
  async prepare(dataset: string, signal?: AbortSignal): Promise<boolean> {
    const other = new DatasetBrowser({ workspace: this.#workspace });
    this.#others.add(other);
    const stop = (): void => void other.dispose();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      await other.#ask('prepare', { dataset });
    } catch (thrown) {
      if (signal?.aborted === true) return false;
      throw thrown;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#others.delete(other);
      await other.dispose();
    }
    await this.close(dataset);
    return true;
  }

  /** @returns for how many rows the run has a pass rate; with none, no column is made */
  async addPassRates(
    dataset: string,
    request: { readonly run: string; readonly name: string; readonly title: string },
  ): Promise<number> {
    const rows = await this.#ask('passRates', { dataset, ...request });
    await this.close(dataset);
    return rows;
  }

  /** Lets the files of a dataset go, before they are moved or after they were made anew. */
  async close(dataset: string): Promise<void> {
    if (this.#worker !== undefined) await this.#ask('close', { dataset });
  }

  /** Tags, views or reports changed: results that rest on them are worked out again. */
  invalidate(): void {
    this.#epoch += 1;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#others].map((other) => other.dispose()));
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #ask<N extends QueryName>(
    name: N,
    params: QueryCalls[N]['params'],
  ): Promise<QueryCalls[N]['answer']> {
    const worker = this.#running();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // The worker answers by the same table.
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      // A process waits for an answer, and not for an idle thread.
      worker.ref();
      worker.postMessage({ id, name, params, epoch: this.#epoch } satisfies QueryRequest);
    });
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const workerData: QueryWorkerData = { workspace: this.#workspace };
    const worker = new Worker(entryPath('main/datasets/browse/query-worker'), { workerData });
    worker.on('message', (response: QueryResponse) => this.#settle(response));
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#ended(worker, cause));
    this.#worker = worker;
    return worker;
  }

  #settle(response: QueryResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ('error' in response) waiting?.reject(LabError.fromWire(response.error));
    else waiting?.resolve(response.answer);
  }

  #ended(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    else if (this.#worker !== undefined) return;
    const error = new LabError('internal', '[rows] the reading thread ended', { cause });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
