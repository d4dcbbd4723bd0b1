/**
 * Exports to a Hugging Face folder. A model, a format and a path come in; an engine of its own writes
 * the folder, so that quick questions need not wait, and its progress and result can be asked for.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { ModelExport, ModelNode } from '../../shared/model/model.ts';
import { modelExportResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import type { Changes } from '../workspace/changes.ts';
import { absolutePath } from '../workspace/places.ts';
import type { ModelLibrary } from './library.ts';
import { summarizeWeights } from './weight-files.ts';

export interface ExportRequest {
  readonly model: string;
  readonly format: ModelExport['format'];
  readonly path: string;
}

export interface ExportsOptions {
  /** An export runs beside the quick questions. */
  readonly engine: JobRunner;
  readonly library: ModelLibrary;
  readonly node: (id: string) => ModelNode;
  readonly changes: Changes;
  /** Tells the person that it is done. */
  readonly onEnd: (done: ModelExport) => void;
}

/** Ended ones that are still listed. */
const KEPT = 20;

export class ModelExports {
  readonly #options: ExportsOptions;
  readonly #jobs = new Map<string, { job: ModelExport; readonly cancel: AbortController }>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(): ModelExport[] {
    return [...this.#jobs.values()].map(({ job }) => job).reverse();
  }

  /** @throws LabError `model/missing`, `model/unsupported`, `file/write-failed` (the folder has content) */
  start({ model, format, path }: ExportRequest): ModelExport {
    const node = this.#options.node(model);
    const to = absolutePath(path);
    assertUsable(node, format, to);
    const job: ModelExport = {
      id: `export:${randomUUID().slice(0, 13)}`,
      model,
      modelName: node.name,
      format,
      path: to,
      status: 'running',
      stage: 'starting',
      done: 0,
      total: 0,
      bytes: 0,
      error: null,
      createdAt: new Date().toISOString(),
    };
    const cancel = new AbortController();
    this.#jobs.set(job.id, { job, cancel });
    this.#forgetOld();
    this.#options.changes.touch('models');
    const work = this.#run(job.id, node, cancel.signal);
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
    return job;
  }

  cancel(id: string): { isCancelled: boolean } {
    const found = this.#jobs.get(id);
    const isCancelled = found?.job.status === 'running';
    if (isCancelled) found?.cancel.abort();
    return { isCancelled };
  }

  async dispose(): Promise<void> {
    for (const { cancel } of this.#jobs.values()) cancel.abort();
    await Promise.all(this.#running);
  }

  async #run(id: string, node: ModelNode, signal: AbortSignal): Promise<void> {
    const { format, path } = this.#job(id);
    try {
      const [row] = await askEngine(
        this.#options.engine,
        'model-export',
        { checkpoint: node.path, format, out: path },
        {
          row: modelExportResult,
          signal,
          onEvent: (event) => {
            if (event.type !== 'progress') return;
            this.#update(id, { stage: event.stage, done: event.done, total: event.total });
          },
        },
      );
      this.#update(id, { status: 'done', stage: 'done', bytes: row?.bytes ?? 0 });
      this.#remember(this.#job(id), node);
    } catch (thrown) {
      const { code, message, hint } = LabError.from(thrown);
      const isCancelled = code === 'engine/cancelled';
      this.#update(id, {
        status: isCancelled ? 'cancelled' : 'failed',
        error: isCancelled ? null : { code, message, hint: hint ?? null },
      });
    }
    this.#options.onEnd(this.#job(id));
  }

  #remember(job: ModelExport, node: ModelNode): void {
    const weights = summarizeWeights(job.path);
    this.#options.library.addExport({
      id: job.id,
      kind: 'export',
      name: `${node.name}, ${job.format}`,
      path: job.path,
      parent: node.id,
      format: job.format,
      hash: weights.hash,
      params: weights.params,
      bytes: job.bytes,
      is_owned: 1,
      is_adapter: weights.isAdapter ? 1 : 0,
      report: '{}',
      created_at: job.createdAt,
    });
  }

  #update(id: string, change: Partial<ModelExport>): void {
    const found = this.#jobs.get(id);
    if (found === undefined) return;
    found.job = { ...found.job, ...change };
    this.#options.changes.touch('models');
  }

  #job(id: string): ModelExport {
    const found = this.#jobs.get(id);
    if (found === undefined) throw new LabError('internal', `[models] no export ${id}`);
    return found.job;
  }

  #forgetOld(): void {
    const ended = [...this.#jobs.values()].filter(({ job }) => job.status !== 'running');
    for (const { job } of ended.slice(0, -KEPT)) this.#jobs.delete(job.id);
  }
}

function assertUsable(node: ModelNode, format: ModelExport['format'], to: string): void {
  const block = node.problems.find(({ level }) => level === 'block');
  if (node.isMissing || block !== undefined) {
    throw new LabError(
      'model/unsupported',
      `[export] ${node.name}: ${block?.reason ?? 'missing'}`,
      {
        hint: block?.fix,
      },
    );
  }
  if (node.isAdapter && format === 'full') {
    throw new LabError('model/unsupported', `[export] ${node.name} is an adapter`, {
      hint: "Export it as 'adapter', or 'merged' into its base.",
    });
  }
  if (!node.isAdapter && format !== 'full') {
    throw new LabError('model/unsupported', `[export] ${node.name} holds whole weights`, {
      hint: "Export it as 'full'.",
    });
  }
  const info = statSync(to, { throwIfNoEntry: false });
  const isUsable = info === undefined || (info.isDirectory() && readdirSync(to).length === 0);
  if (!isUsable || (info === undefined && existsSync(dirname(to)) && !isFolder(dirname(to)))) {
    throw new LabError('file/write-failed', `[export] ${to} is not empty`, {
      hint: 'Choose a new folder: nothing is overwritten.',
    });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
