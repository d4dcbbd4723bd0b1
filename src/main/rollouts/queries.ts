/**
 * Questions to the rollout index: steps, groups, one row through training, searches. Comes in: the
 * numbers of runs and what is looked for. Goes out: rows for lists; whoever needs tokens reads the
 * rollout file where the index says.
 */
import type {
  GroupFilter,
  GroupSort,
  GroupSummary,
  RolloutQuery,
  RolloutStep,
  ThroughPoint,
} from '../../shared/model/rollout.ts';
import type { Database } from '../storage/database.ts';

export interface GroupRow extends Omit<GroupSummary, 'run' | 'thumb' | 'isSilent'> {
  readonly isSilent: number;
  readonly world: string | null;
  /** JSON list of paths as the data names them. */
  readonly images: string;
  readonly target: string | null;
}

const GROUP_COLUMNS = `step, prompt, row, question, task, difficulty, world, images, target, size,
  right, unique_answers AS "unique", truncated, reward_mean AS rewardMean, reward_std AS rewardStd,
  is_silent AS isSilent, tokens_mean AS tokensMean`;

const FILTERS: Readonly<Record<GroupFilter, string>> = {
  all: '1',
  silent: 'is_silent = 1',
  mixed: 'is_silent = 0',
  'all-right': 'right = size',
  'all-wrong': 'right = 0',
  truncated: 'truncated > 0',
};

const SORTS: Readonly<Record<GroupSort, string>> = {
  place: 'place',
  reward: 'reward_mean',
  spread: 'reward_std',
  right: 'CAST(right AS REAL) / size',
  length: 'tokens_mean',
};

export interface CompletionPlace {
  readonly sample: number;
  readonly start: number;
  readonly length: number;
}

export interface HitRow {
  readonly rid: number;
  readonly step: number;
  readonly prompt: string;
  readonly sample: number;
  readonly snippet: string;
  readonly reward: number | null;
  readonly advantage: number | null;
  readonly finish: string;
  readonly tokens: number;
  readonly extracted: string | null;
  readonly isRight: number | null;
  readonly meanLogprob: number | null;
}

/** Hits are counted up to here. */
const MOST_COUNTED = 100_000;
/** A mean log probability above this share of a run's completions counts as sure. */
const SURE_SHARE = 0.75;

export class RolloutQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  steps(rid: number): RolloutStep[] {
    return this.#db
      .prepare<[number], RolloutStep>(
        `SELECT step, count(*) AS groups, sum(size) AS completions,
           sum(reward_mean * size) / sum(size) AS rewardMean, sum(right) AS right
         FROM rollout_group WHERE rid = ? GROUP BY step ORDER BY step`,
      )
      .all(rid);
  }

  groups(
    rid: number,
    step: number,
    filter: GroupFilter,
    sort: GroupSort,
    isDescending: boolean,
  ): GroupRow[] {
    // Both are keys of the tables above, checked by the router.
    return this.#db
      .prepare<[number, number], GroupRow>(
        `SELECT ${GROUP_COLUMNS} FROM rollout_group WHERE rid = ? AND step = ? AND ${FILTERS[filter]}
         ORDER BY ${SORTS[sort]} ${isDescending ? 'DESC' : 'ASC'}, place`,
      )
      .all(rid, step);
  }

  group(rid: number, step: number, prompt: string): GroupRow | undefined {
    return this.#db
      .prepare<[number, number, string], GroupRow>(
        `SELECT ${GROUP_COLUMNS} FROM rollout_group WHERE rid = ? AND step = ? AND prompt = ?`,
      )
      .get(rid, step, prompt);
  }

  /** The newest time a row was drawn. */
  lastGroupOf(rid: number, row: string): GroupRow | undefined {
    return this.#db
      .prepare<[number, string], GroupRow>(
        `SELECT ${GROUP_COLUMNS} FROM rollout_group WHERE rid = ? AND row = ?
         ORDER BY step DESC LIMIT 1`,
      )
      .get(rid, row);
  }

  through(rid: number, row: string): ThroughPoint[] {
    return this.#db
      .prepare<[number, string], ThroughPoint>(
        `SELECT step, prompt, size, right, reward_mean AS rewardMean, reward_std AS rewardStd,
           tokens_mean AS tokensMean
         FROM rollout_group WHERE rid = ? AND row = ? ORDER BY step, place`,
      )
      .all(rid, row);
  }

  places(rid: number, step: number, prompt: string): CompletionPlace[] {
    return this.#db
      .prepare<[number, number, string], CompletionPlace>(
        `SELECT sample, start, length FROM rollout
         WHERE rid = ? AND step = ? AND prompt = ? ORDER BY sample`,
      )
      .all(rid, step, prompt);
  }

  search(
    rids: readonly number[],
    query: RolloutQuery,
    page: { offset: number; limit: number; sort: 'newest' | 'reward' | 'confidence' },
  ): { readonly hits: HitRow[]; readonly total: number } {
    const { from, where, values } = this.#conditions(rids, query);
    const order = {
      newest: 'r.rid DESC, r.step DESC, r.oid',
      reward: 'r.reward DESC, r.step DESC',
      confidence: 'r.mean_logprob DESC, r.step DESC',
    }[page.sort];
    const snippet =
      query.text.trim() === ''
        ? 'substr(r.text, 1, 200)'
        : `snippet(rollout_text, 0, char(2), char(3), '…', 24)`;
    const hits = this.#db
      .prepare<unknown[], HitRow>(
        `SELECT r.rid, r.step, r.prompt, r.sample, ${snippet} AS snippet, r.reward, r.advantage,
           r.finish, r.tokens, r.extracted, r.is_right AS isRight, r.mean_logprob AS meanLogprob
         FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
      )
      .all(...values, page.limit, page.offset);
    return { hits, total: this.#count(from, where, values) };
  }

  count(rids: readonly number[], query: RolloutQuery): number {
    const { from, where, values } = this.#conditions(rids, query);
    return this.#count(from, where, values);
  }

  #count(from: string, where: string, values: readonly unknown[]): number {
    const row = this.#db
      .prepare<unknown[], { total: number }>(
        `SELECT count(*) AS total FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ${MOST_COUNTED})`,
      )
      .get(...values);
    return row?.total ?? 0;
  }

  #conditions(rids: readonly number[], query: RolloutQuery) {
    const parts = ['r.rid IN (SELECT value FROM json_each(?))'];
    const values: unknown[] = [JSON.stringify(rids)];
    const add = (condition: string, ...given: readonly unknown[]) => {
      parts.push(condition);
      values.push(...given);
    };
    const match = matchOf(query.text);
    if (match !== undefined) add('rollout_text MATCH ?', match);
    for (const { term, min, max } of query.terms) {
      const score = 'json_extract(r.terms, ?)';
      const path = `$."${term.replace(/["\\\p{Cc}]/gu, '')}"`;
      if (min !== null) add(`${score} >= ?`, path, min);
      if (max !== null) add(`${score} <= ?`, path, max);
    }
    if (query.finish !== undefined) add('r.finish = ?', query.finish);
    if (query.isRight !== undefined) add('r.is_right = ?', Number(query.isRight));
    if (query.isCopied !== undefined) add('r.is_copied = ?', Number(query.isCopied));
    if (query.fromStep !== undefined) add('r.step >= ?', query.fromStep);
    if (query.toStep !== undefined) add('r.step <= ?', query.toStep);
    if (query.minTokens !== undefined) add('r.tokens >= ?', query.minTokens);
    if (query.maxTokens !== undefined) add('r.tokens <= ?', query.maxTokens);
    if (query.isConfident !== undefined) {
      add(`r.mean_logprob ${query.isConfident ? '>=' : '<'} ?`, this.#sureAbove(rids));
    }
    const from =
      match === undefined
        ? 'rollout AS r'
        : 'rollout_text JOIN rollout AS r ON r.oid = rollout_text.rowid';
    return { from, where: parts.join(' AND '), values };
  }

  /** Sure is relative: models and temperatures differ. */
  #sureAbove(rids: readonly number[]): number {
    const list = JSON.stringify(rids);
    const known = this.#db
      .prepare<[string], { n: number }>(
        `SELECT count(*) AS n FROM rollout
         WHERE rid IN (SELECT value FROM json_each(?)) AND mean_logprob IS NOT NULL`,
      )
      .get(list);
    const row = this.#db
      .prepare<[string, number], { value: number }>(
        `SELECT mean_logprob AS value FROM rollout
         WHERE rid IN (SELECT value FROM json_each(?)) AND mean_logprob IS NOT NULL
         ORDER BY mean_logprob LIMIT 1 OFFSET ?`,
      )
      .get(list, Math.floor((known?.n ?? 0) * SURE_SHARE));
    return row?.value ?? 0;
  }
}

/** Words as a person types them: all of them, the last may be a beginning; no syntax gets through. */
export function matchOf(text: string): string | undefined {
  const words = text.match(/[\p{L}\p{N}_]+/gu) ?? [];
  const last = words.pop();
  if (last === undefined) return text.trim() === '' ? undefined : '""';
  const isOpen = /[\p{L}\p{N}_]$/u.test(text.trimEnd()) && !/\s$/.test(text);
  return [...words.map(quoted), isOpen ? `${quoted(last)}*` : quoted(last)].join(' ');
}

function quoted(word: string): string {
  return `"${word}"`;
}
