/**
 * What a person decided about rollouts: watched rows, completions sent elsewhere with all that belongs
 * to them, saved searches. Rows of workspace.sqlite.
 */
import { randomUUID } from 'node:crypto';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { BugView, RolloutQuery, SendTarget, SentItem } from '../../shared/model/rollout.ts';
import { rolloutQuery } from '../../shared/model/rollout.ts';
import type { Database } from '../storage/database.ts';

interface SentRow extends Omit<SentItem, 'to' | 'payload'> {
  readonly target: SendTarget;
  readonly payload: string;
}

/** Searches that everybody needs. */
const BUILT_IN: readonly { readonly id: string; readonly name: string; readonly query: object }[] =
  [
    {
      id: 'wrong-confident',
      name: 'Wrong but confident',
      query: { isRight: false, isConfident: true },
    },
    {
      id: 'right-bad-format',
      name: 'Right, wrong format',
      query: { isRight: true, terms: [{ term: 'format-tags', max: 0 }] },
    },
    { id: 'question-copied', name: 'Question copied', query: { isCopied: true } },
    { id: 'truncated', name: 'Truncated', query: { finish: 'length' } },
  ];

export class RolloutNotes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  watched(run: string): { readonly row: string; readonly addedAt: number }[] {
    return this.#db
      .prepare<[string], { row: string; addedAt: number }>(
        'SELECT row, added_at AS addedAt FROM watched_prompt WHERE run = ? ORDER BY added_at',
      )
      .all(run);
  }

  watch(run: string, row: string, isWatched: boolean): void {
    const sql = isWatched
      ? 'INSERT OR IGNORE INTO watched_prompt (run, row, added_at) VALUES (?, ?, ?)'
      : 'DELETE FROM watched_prompt WHERE run = ? AND row = ?';
    this.#db.prepare(sql).run(...(isWatched ? [run, row, Date.now()] : [run, row]));
  }

  send(item: Omit<SentItem, 'id' | 'at'>): SentItem {
    const sent: SentItem = { ...item, id: randomUUID().slice(0, 12), at: Date.now() };
    const { id, to, at, run, step, prompt, sample, note, payload } = sent;
    this.#db
      .prepare(
        `INSERT INTO sent_item (id, target, at, run, step, prompt, sample, note, payload)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, to, at, run, step, prompt, sample, note, JSON.stringify(payload));
    return sent;
  }

  /** Puts back what {@link unsend} took. */
  restore(item: SentItem): void {
    const { id, to, at, run, step, prompt, sample, note, payload } = item;
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO sent_item (id, target, at, run, step, prompt, sample, note, payload)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, to, at, run, step, prompt, sample, note, JSON.stringify(payload));
  }

  /** @returns what was there */
  unsend(id: string): SentItem {
    const row = this.#db.prepare<[string], SentRow>('SELECT * FROM sent_item WHERE id = ?').get(id);
    if (row === undefined) {
      throw new LabError('rollout/missing', '[rollouts] it was taken back already');
    }
    this.#db.prepare('DELETE FROM sent_item WHERE id = ?').run(id);
    return toSent(row);
  }

  /** Newest first. */
  sent(filter: { to?: SendTarget | undefined; run?: string | undefined }): SentItem[] {
    return this.#db
      .prepare<unknown[], SentRow>(
        `SELECT * FROM sent_item WHERE target = coalesce(?, target) AND run = coalesce(?, run)
         ORDER BY at DESC, id`,
      )
      .all(filter.to ?? null, filter.run ?? null)
      .map(toSent);
  }

  bugViews(): BugView[] {
    const saved = this.#db
      .prepare<[], { id: string; name: string; query: string }>(
        'SELECT id, name, query FROM bug_view ORDER BY created_at',
      )
      .all();
    return [
      ...BUILT_IN.map(({ query, ...view }) => ({
        ...view,
        query: rolloutQuery.parse(query),
        isBuiltIn: true,
      })),
      ...saved.map(({ query, ...view }) => ({
        ...view,
        query: rolloutQuery.parse(JSON.parse(query)),
        isBuiltIn: false,
      })),
    ];
  }

  saveBugView(view: { id?: string | undefined; name: string; query: RolloutQuery }): BugView {
    const id = view.id ?? randomUUID().slice(0, 8);
    if (BUILT_IN.some((one) => one.id === id)) {
      throw new LabError('rpc/invalid-input', `[bug view] ${view.name} comes with the app`, {
        hint: 'Save it under another name.',
      });
    }
    this.#db
      .prepare(
        `INSERT INTO bug_view (id, name, query, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, query = excluded.query`,
      )
      .run(id, view.name, JSON.stringify(view.query), Date.now());
    return { id, name: view.name, query: view.query, isBuiltIn: false };
  }

  removeBugView(id: string): void {
    this.#db.prepare('DELETE FROM bug_view WHERE id = ?').run(id);
  }
}

function toSent({ target, payload, ...row }: SentRow): SentItem {
  // Written by `send` above.
  return { ...row, to: target, payload: JSON.parse(payload) as JsonObject };
}
