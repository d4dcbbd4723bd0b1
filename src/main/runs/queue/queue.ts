import { LabError } from '../../../shared/errors.ts';
import type {
  EnqueueRequest,
  ExpectedCost,
  QueueGate,
  QueueItem,
  QueueState,
  QueueView,
  RunPlan,
} from '../../../shared/model/run-queue.ts';
import type { Frozen } from './freeze.ts';
import type { QueuedChange } from './item-states.ts';
import { again, busy, EDITABLE, freeBytes, missing, withoutStack } from './item-states.ts';
import { newItems } from './new-items.ts';
import { judge, type Surroundings, type Verdict } from './next-item.ts';
import type { QueueStore } from './queue-store.ts';

/** How a started item ended. */
export interface ItemEnd {
  readonly status: 'finished' | 'failed' | 'cancelled' | 'interrupted';
  readonly error?: LabError | undefined;
  readonly reason?: string | undefined;
}

/** What starts items; training and evaluation look alike from here. */
export interface ItemStarter {
  /** Runs an item to its end. @throws LabError when it cannot even be started */
  start(item: QueueItem, previous: QueueItem | undefined): Promise<ItemEnd>;
  /** Asks the item that is going to stop and save. */
  stopActive(): void;
}

export interface QueueOptions {
  readonly store: QueueStore;
  readonly workspace: string;
  readonly starter: ItemStarter;
  freeze(plan: RunPlan): Promise<Frozen>;
  /** What a dry run of the same configuration measured. */
  expectedOf(hash: string): ExpectedCost | null;
  valueOf(item: QueueItem, gate: QueueGate): number | undefined;
  /** Resolves when everything the item wrote can be asked for. */
  settled(item: QueueItem): Promise<void>;
  onChange(): void;
  /** A person changed items: what they were and what they are. */
  onEdit(label: string, before: readonly QueueItem[], after: readonly QueueItem[]): void;
  /** Told when an item ended or the queue stopped. */
  onEnd(item: QueueItem): void;
}

/** A start time is looked at this often at the latest: clocks are set, machines sleep. */
const CLOCK_MS = 30_000;

export class QueueService {
  readonly #options: QueueOptions;
  readonly #clock: NodeJS.Timeout;
  #active: QueueItem | undefined;
  #ending: Promise<void> = Promise.resolve();
  #wake: NodeJS.Timeout | undefined;
  #isDisposed = false;
  /** Started although the queue stands: a person asked for this one. */
  #forced: string | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#clock = setInterval(() => this.pump(), CLOCK_MS).unref();
  }

  get active(): QueueItem | undefined {
    return this.#active;
  }

  counts(): { readonly waiting: number; readonly isRunning: boolean } {
    const waiting = this.#options.store.open().filter(({ status }) => status === 'waiting').length;
    return { waiting, isRunning: this.#isRunning() };
  }

  view(): QueueView {
    const { store } = this.#options;
    const open = store.open();
    const waiting = open.filter(({ status }) => status === 'waiting');
    const sum = (pick: (cost: ExpectedCost) => number | null) =>
      waiting.reduce(
        (total, { expected }) => total + (expected === null ? 0 : (pick(expected) ?? 0)),
        0,
      );
    return {
      isRunning: this.#isRunning(),
      reason: store.readState<string | null>('queue-reason', null),
      items: [...open.map((item) => this.#withReason(item)), ...store.ended()],
      waitingSeconds: sum(({ seconds }) => seconds),
      waitingBytes: sum(({ bytes }) => bytes),
      freeBytes: freeBytes(this.#options.workspace),
    };
  }

  /** @throws LabError `recipe/invalid`, ... for any entry; then none is put in */
  async enqueue(request: EnqueueRequest): Promise<QueueItem[]> {
    const frozen = await Promise.all(request.entries.map(({ plan }) => this.#options.freeze(plan)));
    const { first, last } = this.#options.store.ends();
    const items = newItems(request.entries, frozen, {
      start: request.isFirst ? first - request.entries.length : last + 1,
      known: (id) => this.#get(id).id,
      expectedOf: (hash) => this.#options.expectedOf(hash),
    });
    this.#save(items);
    this.pump();
    return items;
  }

  /** @throws LabError `queue/missing`, `queue/busy` when it no longer waits */
  reorder(id: string, before: string | null): QueueView {
    const moved = this.#waiting(id);
    const others = this.#options.store.open().filter((item) => item.id !== id);
    const at = before === null ? others.length : others.findIndex((item) => item.id === before);
    if (at < 0) throw missing(before ?? '');
    const order = [...others.slice(0, at), moved, ...others.slice(at)];
    const { last } = this.#options.store.ends();
    this.#edit(
      `move ${moved.name}`,
      order.map((item, i) => ({ ...item, position: last + 1 + i })),
    );
    return this.view();
  }

  async update(change: QueuedChange): Promise<QueueItem> {
    this.#waiting(change.id);
    const frozen = change.plan === undefined ? undefined : await this.#options.freeze(change.plan);
    // It may have started while the plan was frozen.
    const item = this.#waiting(change.id);
    const { after } = change;
    const changed: QueueItem = {
      ...item,
      name: change.name ?? item.name,
      startsAt: change.startsAt === undefined ? item.startsAt : change.startsAt,
      gate: change.gate === undefined ? item.gate : change.gate,
      onError: change.onError ?? item.onError,
      after: after === undefined ? item.after : this.#known(after, item.id),
      ...(change.plan === undefined || frozen === undefined
        ? {}
        : {
            plan: change.plan,
            kind: change.plan.kind,
            config: frozen.config,
            configHash: frozen.hash,
            expected: this.#options.expectedOf(frozen.hash),
          }),
    };
    this.#edit(`change ${item.name}`, [changed]);
    return changed;
  }

  remove(id: string): QueueView {
    const item = this.#get(id);
    if (item.id === this.#active?.id) throw busy(item);
    this.#edit(`remove ${item.name} from the queue`, [
      { ...item, status: 'removed', endedAt: item.endedAt ?? Date.now() },
    ]);
    return this.view();
  }

  /** Asks the item that is going to stop and save; an evaluation just ends. @throws LabError `queue/busy` */
  stop(id: string): QueueView {
    const item = this.#get(id);
    if (item.id !== this.#active?.id) {
      throw new LabError(
        'queue/busy',
        `[queue] ${item.name} is ${item.status}, expected one that is going`,
        {
          hint: 'Remove it from the queue instead.',
        },
      );
    }
    this.#options.starter.stopActive();
    return this.view();
  }

  /** What ended or was blocked waits again; with a run it goes on from its last checkpoint. */
  retry(id: string): QueueView {
    const item = this.#get(id);
    if (item.id === this.#active?.id || item.status === 'waiting') throw busy(item);
    this.#save([again(item)]);
    this.#forced = id;
    this.pump();
    return this.view();
  }

  /** Puts an item in front and starts it as soon as nothing else is going. */
  startNow(item: QueueItem): void {
    const { first } = this.#options.store.ends();
    this.#save([{ ...again(item), position: first - 1 }]);
    this.#forced = item.id;
    this.pump();
  }

  start(): QueueView {
    this.#setRunning(true, null);
    this.pump();
    return this.view();
  }

  pause(): QueueView {
    this.#setRunning(false, 'paused by you');
    return this.view();
  }

  /** After the app was ended while an item was going. */
  recover(autoResume: boolean): QueueItem[] {
    const cut = this.#options.store
      .open()
      .filter(({ status }) => !['waiting', 'blocked'].includes(status));
    for (const item of cut) {
      if (autoResume) {
        this.#save([again(item)]);
        continue;
      }
      const reason = 'the app ended while it was going';
      this.#save([{ ...item, status: 'interrupted', reason, endedAt: Date.now() }]);
      if (item.onError === 'stop') this.#setRunning(false, `${item.name} was interrupted`);
    }
    return cut;
  }

  /** Starts what can be started. */
  pump(): void {
    if (this.#isDisposed || this.#active !== undefined) return;
    for (const item of this.#options.store.open()) {
      if (item.status !== 'waiting') continue;
      if (!this.#isRunning() && item.id !== this.#forced) continue;
      const verdict = this.#judge(item);
      if (verdict.kind === 'blocked') this.#block(item, verdict.reason);
      if (verdict.kind === 'wait' && verdict.until !== undefined) this.#wakeAt(verdict.until);
      if (verdict.kind !== 'ready') continue;
      this.#forced = undefined;
      this.#ending = this.#run(item);
      return;
    }
  }

  /** Asks what is going to stop and save, and waits for it. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    clearInterval(this.#clock);
    clearTimeout(this.#wake);
    if (this.#active !== undefined) this.#options.starter.stopActive();
    await this.#ending;
  }

  /** Puts items back as they were, for undo; what has started since stays as it is. */
  put(items: readonly QueueItem[]): void {
    const movable = items.filter(({ id }) => {
      const { status } = this.#options.store.get(id) ?? {};
      return id !== this.#active?.id && status !== undefined && EDITABLE.has(status);
    });
    this.#save(movable);
    this.pump();
  }

  /** The run of the active item got its folder. */
  setRun(run: string): void {
    const item = this.#active;
    if (item === undefined || item.run === run) return;
    this.#active = { ...item, run };
    this.#save([this.#active]);
  }

  /** The state of the active item changed. */
  setState(status: QueueState): void {
    const item = this.#active;
    if (item === undefined || item.status === status) return;
    this.#active = { ...item, status };
    this.#save([this.#active]);
  }

  async #run(item: QueueItem): Promise<void> {
    const started: QueueItem = {
      ...item,
      status: 'starting',
      reason: null,
      startedAt: Date.now(),
      endedAt: null,
      error: null,
    };
    this.#active = started;
    this.#save([started]);
    let end: ItemEnd;
    try {
      end = await this.#options.starter.start(started, this.#previousOf(started));
    } catch (thrown) {
      end = { status: 'failed', error: LabError.from(thrown) };
    }
    // A gate behind it asks for its last numbers.
    await this.#options.settled(this.#active ?? started);
    if (this.#isDisposed && end.status === 'cancelled') {
      end = { status: 'interrupted', reason: 'the app was closed while it was going' };
    }
    const ended: QueueItem = {
      ...(this.#active ?? started),
      status: end.status,
      reason: end.reason ?? null,
      // The next start decides whether it goes on.
      endedAt: this.#isDisposed && end.status === 'interrupted' ? null : Date.now(),
      error: end.error === undefined ? null : withoutStack(end.error),
    };
    this.#active = undefined;
    if (end.status === 'failed' && ended.onError === 'stop') {
      this.#setRunning(false, `${ended.name} failed`);
    }
    this.#save([ended]);
    this.#options.onEnd(ended);
    this.pump();
  }

  /** The clock would come a little late. */
  #wakeAt(time: number): void {
    const ms = time - Date.now() + 1;
    if (ms > CLOCK_MS) return;
    clearTimeout(this.#wake);
    this.#wake = setTimeout(() => this.pump(), ms).unref();
  }

  #block(item: QueueItem, reason: string): void {
    const blocked: QueueItem = { ...item, status: 'blocked', reason, endedAt: Date.now() };
    this.#save([blocked]);
    this.#options.onEnd(blocked);
  }

  #judge(item: QueueItem): Verdict {
    return judge(item, this.#around());
  }

  #around(): Surroundings {
    const { store } = this.#options;
    return {
      now: Date.now(),
      previousOf: (item) => this.#previousOf(item),
      get: (id) => store.get(id),
      valueOf: (item, gate) => this.#options.valueOf(item, gate),
    };
  }

  #previousOf(item: QueueItem): QueueItem | undefined {
    const { store } = this.#options;
    return item.after === null ? store.before(item) : store.get(item.after);
  }

  #withReason(item: QueueItem): QueueItem {
    if (item.status !== 'waiting') return item;
    const verdict = this.#judge(item);
    return verdict.kind === 'ready' ? item : { ...item, reason: verdict.reason };
  }

  #isRunning(): boolean {
    return this.#options.store.readState('queue-running', true);
  }

  #setRunning(isRunning: boolean, reason: string | null): void {
    this.#options.store.writeState('queue-running', isRunning);
    this.#options.store.writeState('queue-reason', reason);
    this.#options.onChange();
  }

  #known(id: string | null, self?: string): string | null {
    if (id === null) return null;
    if (id === self) {
      throw new LabError('rpc/invalid-input', '[queue] an item cannot come after itself');
    }
    return this.#get(id).id;
  }

  #waiting(id: string): QueueItem {
    const item = this.#get(id);
    if (item.status !== 'waiting' && item.status !== 'blocked') throw busy(item);
    return item;
  }

  #get(id: string): QueueItem {
    const item = this.#options.store.get(id);
    if (item === undefined) throw missing(id);
    return item;
  }

  /** A change a person made: undo takes it back. */
  #edit(label: string, items: readonly QueueItem[]): void {
    const before = items.flatMap(({ id }) => this.#options.store.get(id) ?? []);
    this.#save(items);
    this.#options.onEdit(label, before, items);
    this.pump();
  }

  #save(items: readonly QueueItem[]): void {
    this.#options.store.save(items);
    this.#options.onChange();
  }
}
