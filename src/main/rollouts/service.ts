/**
 * The rollouts of a workspace. Comes in: the index of rollout files, run folders, engines. Goes out:
 * the calls of the router: groups, one group token by token, rows through training, searches, and what
 * a person sends on.
 */
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type {
  BugView,
  GroupDetail,
  GroupFilter,
  GroupSort,
  GroupSummary,
  RolloutPage,
  RolloutQuery,
  RolloutStep,
  SendRequest,
  SendTarget,
  SentItem,
  ThroughPoint,
  TokenAlternative,
  TokenColumns,
  WatchedPrompt,
} from '../../shared/model/rollout.ts';
import { sentItem } from '../../shared/model/rollout.ts';
import { type RolloutRow, rolloutRow } from '../../shared/protocol/results.ts';
import type { JobRunner } from '../engine/ask.ts';
import { weightsOf } from '../runs/health/read-health.ts';
import type { IndexedRun } from '../runs/index/run-store.ts';
import { readLineAt } from '../runs/jsonl-tail.ts';
import { stepName } from '../runs/run-files.ts';
import { scalarAt } from '../runs/summaries.ts';
import type { Database } from '../storage/database.ts';
import type { History } from '../workspace/history.ts';
import type { MediaStore } from '../workspace/media-store.ts';
import { toCards } from './group-detail.ts';
import { PromptMedia } from './prompt-media.ts';
import { type GroupRow, RolloutQueries } from './queries.ts';
import { rowOf } from './read-row.ts';
import { termNames } from './rollout-index.ts';
import { type ScoredGroup, Scoring } from './scoring.ts';
import { RolloutNotes } from './sent.ts';

/** What this room asks of the runs room. */
export interface RunLookup {
  /** @throws LabError `run/missing` */
  find(id: string): IndexedRun;
  all(): readonly IndexedRun[];
  folderOf(id: string): string;
}

export interface RolloutsOptions {
  /** workspace.sqlite */
  readonly db: Database;
  /** index.sqlite */
  readonly index: Database;
  readonly runs: RunLookup;
  readonly media: MediaStore;
  readonly history: History;
  readonly engines: { readonly tools: JobRunner; readonly chat: JobRunner };
  touch(room: 'rollouts'): void;
}

interface GroupPlace {
  readonly run: string;
  readonly step: number;
  readonly prompt: string;
}

const UNSEND = 'rollouts/unsend';
const RESEND = 'rollouts/send';

export class RolloutsService {
  readonly #options: RolloutsOptions;
  readonly #queries: RolloutQueries;
  readonly #notes: RolloutNotes;
  readonly #media: PromptMedia;
  readonly #scoring: Scoring;

  constructor(options: RolloutsOptions) {
    this.#options = options;
    this.#queries = new RolloutQueries(options.index);
    this.#notes = new RolloutNotes(options.db);
    this.#media = new PromptMedia({ media: options.media, engine: options.engines.tools });
    this.#scoring = new Scoring(options.engines.chat);
    options.history.define(UNSEND, (data) => {
      this.#notes.unsend(String(data['id']));
      options.touch('rollouts');
    });
    options.history.define(RESEND, (data) => {
      this.#notes.restore(sentItem.parse(data['item']));
      options.touch('rollouts');
    });
  }

  steps(run: string): RolloutStep[] {
    return this.#queries.steps(this.#run(run).rid);
  }

  groups(request: {
    run: string;
    step: number;
    filter: GroupFilter;
    sort: GroupSort;
    isDescending: boolean;
  }): GroupSummary[] {
    const run = this.#run(request.run);
    const { step, filter, sort, isDescending } = request;
    const rows = this.#queries.groups(run.rid, step, filter, sort, isDescending);
    // Pictures come when they are drawn: a list does not wait for an engine.
    void this.#media.prepare(run, rows).then(
      (isNew) => isNew && this.#options.touch('rollouts'),
      () => undefined,
    );
    return rows.map((row) => this.#summary(run, row));
  }

  async group(place: GroupPlace): Promise<GroupDetail> {
    const { run, group, rows } = this.#load(place);
    const names = termNames(run);
    const { completions, answers, terms, tokenTexts } = toCards(rows, names);
    // A picture that cannot be drawn leaves the completions readable.
    const sample = await this.#media.prompt(run, group).catch(() => null);
    const { slots } = run.record.config;
    const number = (path: string) => {
      const value = scalarAt(slots, path);
      return typeof value === 'number' ? value : null;
    };
    return {
      ...this.#summary(run, group),
      sample,
      target: group.target,
      terms,
      weights: weightsOf(run),
      answers,
      completions,
      sampling: {
        temperature: number('rollout.temperature'),
        topP: number('rollout.topP'),
        topK: number('rollout.topK'),
        seed: number('training.seed'),
      },
      tokenTexts,
    };
  }

  through(run: string, prompt: string): ThroughPoint[] {
    return this.#queries.through(this.#run(run).rid, rowOf(prompt));
  }

  search(
    request: RolloutQuery & {
      offset: number;
      limit: number;
      sort: 'newest' | 'reward' | 'confidence';
    },
  ): RolloutPage {
    const began = performance.now();
    const { offset, limit, sort, ...query } = request;
    const runs = query.run === undefined ? this.#options.runs.all() : [this.#run(query.run)];
    const ids = new Map(runs.map(({ rid, id }) => [rid, id]));
    const found = this.#queries.search([...ids.keys()], query, { offset, limit, sort });
    return {
      hits: found.hits.map(({ rid, isRight, ...hit }) => ({
        ...hit,
        run: ids.get(rid) ?? '',
        isRight: isRight === null ? null : isRight === 1,
      })),
      total: found.total,
      ms: performance.now() - began,
    };
  }

  watched(id: string): WatchedPrompt[] {
    const run = this.#run(id);
    const rows = this.#notes.watched(id).map(({ row, addedAt }) => {
      const last = this.#queries.lastGroupOf(run.rid, row);
      return { run: id, row, addedAt, last: last === undefined ? null : this.#summary(run, last) };
    });
    return rows;
  }

  watch(run: string, prompt: string, isWatched: boolean): WatchedPrompt[] {
    this.#run(run);
    this.#notes.watch(run, rowOf(prompt), isWatched);
    this.#options.touch('rollouts');
    return this.watched(run);
  }

  alternatives(
    place: GroupPlace & { sample: number; token: number },
    signal: AbortSignal | undefined,
  ): Promise<TokenAlternative[]> {
    return this.#scoring.alternatives(this.#load(place), place, signal);
  }

  columns(
    place: GroupPlace & { withReference: boolean },
    signal: AbortSignal | undefined,
  ): Promise<TokenColumns> {
    return this.#scoring.columns(this.#load(place), place.withReference, signal);
  }

  async send(request: SendRequest): Promise<SentItem> {
    const { to, run, step, prompt, sample, note } = request;
    const sent = this.#notes.send({
      to,
      run,
      step,
      prompt,
      sample,
      note,
      payload: await this.#payload(request),
    });
    this.#options.history.record({
      label: `send #${sample} to ${to}`,
      undo: { kind: UNSEND, data: { id: sent.id } },
      redo: { kind: RESEND, data: { item: sent } },
    });
    this.#options.touch('rollouts');
    return sent;
  }

  unsend(id: string): void {
    const item = this.#notes.unsend(id);
    this.#options.history.record({
      label: `take #${item.sample} back`,
      undo: { kind: RESEND, data: { item } },
      redo: { kind: UNSEND, data: { id } },
    });
    this.#options.touch('rollouts');
  }

  sent(filter: { to?: SendTarget | undefined; run?: string | undefined }): SentItem[] {
    return this.#notes.sent(filter);
  }

  /** With how many completions each one finds. */
  bugViews(run: string | undefined): (BugView & { count: number })[] {
    const runs = run === undefined ? this.#options.runs.all() : [this.#run(run)];
    const rids = runs.map(({ rid }) => rid);
    return this.#notes
      .bugViews()
      .map((view) => ({ ...view, count: this.#queries.count(rids, view.query) }));
  }

  saveBugView(view: { id?: string | undefined; name: string; query: RolloutQuery }): BugView {
    const saved = this.#notes.saveBugView(view);
    this.#options.touch('rollouts');
    return saved;
  }

  removeBugView(id: string): void {
    this.#notes.removeBugView(id);
    this.#options.touch('rollouts');
  }

  /** The prompt with its pictures and the completions it is about, whole. */
  async #payload(request: SendRequest): Promise<JsonObject> {
    const detail = await this.group(request);
    const chosen = detail.completions.find(({ sample }) => sample === request.sample);
    if (chosen === undefined) throw noCompletion(request.sample);
    const base = {
      prompt: detail.sample ?? {
        row: detail.row,
        question: detail.question,
        target: detail.target,
      },
      completion: withoutColumns(chosen),
      recipe: this.#run(request.run).record.recipe,
    };
    if (request.to !== 'pair') return base;
    const [best] = detail.completions;
    const isBest = best?.sample === chosen.sample;
    const otherSample = request.other ?? (isBest ? detail.completions.at(-1) : best)?.sample;
    const other = detail.completions.find(({ sample }) => sample === otherSample);
    if (other === undefined || other.sample === chosen.sample) {
      throw new LabError('rpc/invalid-input', '[send] a pair needs two completions of the group');
    }
    const isFirst = (chosen.reward ?? 0) >= (other.reward ?? 0);
    const [better, worse] = isFirst ? [chosen, other] : [other, chosen];
    return { ...base, chosen: withoutColumns(better), rejected: withoutColumns(worse) };
  }

  #summary(run: IndexedRun, row: GroupRow): GroupSummary {
    const { world, images, target, isSilent, ...group } = row;
    return { ...group, run: run.id, isSilent: isSilent === 1, thumb: this.#media.thumb(run, row) };
  }

  /** @throws LabError `rollout/missing`, also when the file was written again since it was indexed */
  #load(place: GroupPlace): ScoredGroup {
    const run = this.#run(place.run);
    const group = this.#queries.group(run.rid, place.step, place.prompt);
    if (group === undefined) {
      throw new LabError(
        'rollout/missing',
        `[rollouts] step ${place.step} has no group ${place.prompt.slice(0, 80)}`,
      );
    }
    const folder = this.#options.runs.folderOf(run.id);
    const file = join(folder, 'rollouts', `${stepName(place.step)}.jsonl`);
    const rows = this.#queries
      .places(run.rid, place.step, place.prompt)
      .flatMap(({ start, length }): RolloutRow[] => {
        const row = rolloutRow.safeParse(readLineAt(file, start, length)).data;
        return row?.prompt === place.prompt ? [row] : [];
      });
    if (rows.length > 0) return { run, folder, group, rows };
    throw new LabError('rollout/missing', `[rollouts] ${file} no longer holds this group`, {
      hint: 'Wait a moment: the step is being written again.',
    });
  }

  #run(id: string): IndexedRun {
    return this.#options.runs.find(id);
  }
}

/** Numbers per token stay with the text: a critic or an annotator may want them. */
function withoutColumns(card: GroupDetail['completions'][number]): JsonObject {
  const { sharedPrefix, firstDivergence, tokens, ...rest } = card;
  return {
    ...rest,
    ids: tokens.map(({ id }) => id),
    tokens: tokens.map(({ text }) => text),
    logprobs: tokens.map(({ logprob }) => logprob),
  };
}

function noCompletion(sample: number): LabError {
  return new LabError('rollout/missing', `[rollouts] the group has no completion #${sample}`);
}
