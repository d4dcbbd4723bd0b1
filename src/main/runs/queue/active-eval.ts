/**
 * One evaluation with its engine process: a frozen plan and a model come in, the result goes out. It
 * has no run folder; what it found is a row of the workspace.
 */
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import type { EvaluationResult, RunState } from '../../../shared/model/app-run.ts';
import type { JobInput } from '../../../shared/protocol/jobs.ts';
import { askEngine } from '../../engine/ask.ts';
import { Supervisor, type SupervisorOptions } from '../../engine/supervisor.ts';

const evalRow = z.looseObject({
  n: z.int(),
  accuracy: z.number(),
  ci95: z.tuple([z.number(), z.number()]),
  slices: z.record(z.string(), z.unknown()),
});

export interface ActiveEvalOptions {
  readonly params: JobInput<'eval'>;
  readonly supervisor?: SupervisorOptions | undefined;
  onChange(): void;
}

export type EvalEnd =
  | {
      readonly kind: 'finished';
      readonly result: Pick<EvaluationResult, 'n' | 'accuracy' | 'ci95' | 'slices'>;
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: LabError };

export class ActiveEval {
  state: RunState = 'starting';
  readonly run = null;
  stage: { readonly name: string; readonly done: number; readonly total: number } | null = null;
  readonly #options: ActiveEvalOptions;
  readonly #abort = new AbortController();
  #supervisor: Supervisor | undefined;

  constructor(options: ActiveEvalOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#supervisor?.pid;
  }

  /** Runs it to its end. Never rejects. */
  async toEnd(): Promise<EvalEnd> {
    const supervisor = new Supervisor(this.#options.supervisor);
    this.#supervisor = supervisor;
    try {
      const [row] = await askEngine(supervisor, 'eval', this.#options.params, {
        row: evalRow,
        signal: this.#abort.signal,
        onEvent: (event) => {
          if (event.type !== 'progress') return;
          if (this.state === 'starting') this.state = 'running';
          this.stage = { name: event.stage, done: event.done, total: event.total };
          this.#options.onChange();
        },
      });
      if (row === undefined) throw new LabError('engine/protocol', '[eval] gave no result');
      const { n, accuracy, ci95, slices } = row;
      return { kind: 'finished', result: { n, accuracy, ci95, slices } };
    } catch (thrown) {
      const error = LabError.from(thrown);
      return error.code === 'engine/cancelled' ? { kind: 'cancelled' } : { kind: 'failed', error };
    } finally {
      await supervisor.dispose();
    }
  }

  stop(): void {
    this.state = 'stopping';
    this.#abort.abort();
  }

  kill(): void {
    this.stop();
  }
}
