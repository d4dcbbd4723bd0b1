/**
 * What a person changes while a run goes on. Commands come in at any moment and are recorded before
 * they are acknowledged; the loop asks at every step border. A resumed run folds the recorded changes
 * by step, so that steps done again see what they saw the first time.
 */
import { LabError } from '../../shared/errors.ts';
import {
  type Changeable,
  type ChangedData,
  type ControlCommand,
  changedData,
} from '../../shared/protocol/control.ts';
import type { RunEvent } from '../../shared/run.ts';

export interface ControlPlan {
  /** Planned last step. */
  readonly steps: number;
  /** Steps done already. */
  readonly from?: number;
  /** Weight of the KL term; undefined where the objective has none. */
  readonly klWeight: number | undefined;
  /** Why the run cannot evaluate; undefined where it can. */
  readonly noEvaluation?: string | undefined;
  /** Writes an event of the run; returns when it is on disk. */
  record(kind: 'changed', data: ChangedData): void;
}

/** Numbers of one step. */
export interface StepSettings {
  readonly lrScale: number;
  readonly klWeight: number | undefined;
}

type Request = 'checkpoint-now' | 'evaluate-now' | 'stop-and-save';

export class RunControl {
  readonly #plan: ControlPlan;
  readonly #requests = new Set<Request>();
  #changes: ChangedData[] = [];
  /** First step that has not begun. */
  #next: number;
  #isClosed = false;
  #pause: PromiseWithResolvers<void> | undefined;

  /** @param events of the run so far; its recorded changes apply again. */
  constructor(plan: ControlPlan, events: readonly RunEvent[] = []) {
    this.#plan = plan;
    this.#next = (plan.from ?? 0) + 1;
    for (const { kind, data } of events) {
      const change = kind === 'changed' ? changedData.safeParse(data).data : undefined;
      if (change !== undefined) this.#lay(change);
    }
  }

  /** Accepts a command. @throws LabError `run/control-refused` */
  readonly accept = (command: ControlCommand): { readonly step: number } => {
    if (this.#isClosed) throw refused('the run is ending');
    switch (command.kind) {
      case 'pause':
        this.#pause ??= Promise.withResolvers();
        break;
      case 'resume':
        this.#pause?.resolve();
        this.#pause = undefined;
        break;
      case 'evaluate-now':
        if (this.#plan.noEvaluation !== undefined) throw refused(this.#plan.noEvaluation);
        this.#requests.add(command.kind);
        break;
      case 'checkpoint-now':
        this.#requests.add(command.kind);
        break;
      case 'stop-and-save':
        this.#requests.add(command.kind);
        this.#pause?.resolve();
        this.#pause = undefined;
        break;
      default:
        this.#change(command.kind, command.value);
    }
    return { step: this.#next };
  };

  /** The loop is about to begin a step: what it is to use. */
  begin(step: number): StepSettings {
    this.#next = step + 1;
    return {
      lrScale: this.#at('lr-scale', step) ?? 1,
      klWeight: this.#at('kl-weight', step) ?? this.#plan.klWeight,
    };
  }

  /** The loop stands before a step. @returns whether that step is still to be done */
  goesOnTo(step: number): boolean {
    this.#next = step;
    if (!this.#requests.has('stop-and-save') && step <= this.stopStep) return true;
    this.#isClosed = true;
    return false;
  }

  get stopStep(): number {
    return this.#at('stop-step', Number.POSITIVE_INFINITY) ?? this.#plan.steps;
  }

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Whether this was asked for since the last time; asks once. */
  take(request: Exclude<Request, 'stop-and-save'>): boolean {
    return this.#requests.delete(request);
  }

  get isStopped(): boolean {
    return this.#requests.has('stop-and-save');
  }

  /** Ends when the pause does, or the signal aborts. */
  async untilResumed(signal: AbortSignal): Promise<void> {
    while (this.#pause !== undefined && !signal.aborted) {
      const aborted = Promise.withResolvers<void>();
      const onAbort = () => aborted.resolve();
      signal.addEventListener('abort', onAbort);
      await Promise.race([this.#pause.promise, aborted.promise]);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #change(what: Changeable, to: number): void {
    const step = this.#next;
    const from = this.#current(what);
    if (from === undefined) {
      throw refused(
        'this run has no KL term, whose reference would have to be kept from the start',
      );
    }
    // The step under way cannot be taken back.
    if (what === 'stop-step' && to < step - 1) {
      throw refused(`step ${step - 1} has begun already, got stop step ${to}`);
    }
    const change = { what, from, to, step };
    this.#plan.record('changed', change);
    this.#lay(change);
  }

  #current(what: Changeable): number | undefined {
    switch (what) {
      case 'lr-scale':
        return this.#at(what, Number.POSITIVE_INFINITY) ?? 1;
      case 'kl-weight':
        return this.#plan.klWeight === undefined
          ? undefined
          : (this.#at(what, Number.POSITIVE_INFINITY) ?? this.#plan.klWeight);
      case 'stop-step':
        return this.stopStep;
    }
  }

  /** A later decision replaces what was decided for later steps before it. */
  #lay(change: ChangedData): void {
    this.#changes = this.#changes.filter(
      ({ what, step }) => what !== change.what || step < change.step,
    );
    this.#changes.push(change);
  }

  #at(what: Changeable, step: number): number | undefined {
    return this.#changes.findLast((change) => change.what === what && change.step <= step)?.to;
  }
}

function refused(reason: string): LabError {
  return new LabError('run/control-refused', `[run] ${reason}`);
}
