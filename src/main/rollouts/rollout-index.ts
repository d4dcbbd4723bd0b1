/**
 * Rollout files into index.sqlite: a row per completion with its text for search, a row per group with
 * its numbers. The arrays per token stay in the files; the index knows where each line lies.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { IndexedRun } from '../runs/index/run-store.ts';
import { readBlock, type TailLine } from '../runs/jsonl-tail.ts';
import { listSteps, type StepFile } from '../runs/run-files.ts';
import type { Database } from '../storage/database.ts';
import { type IndexedCompletion, readCompletion, rowOf } from './read-row.ts';

/** Rewards closer than this are the same reward. */
const SAME = 1e-9;

/** Older than this, the time of a folder tells it apart from what is done to it later. */
const SETTLED_MS = 2000;

export class RolloutIndex {
  readonly #db: Database;
  readonly #insert;
  readonly #insertText;
  readonly #insertGroup;
  /** Time of the last change of a run's folder of rollouts, as of the last look. */
  readonly #seen = new Map<number, number>();

  constructor(db: Database) {
    this.#db = db;
    this.#insert = db.prepare(
      `INSERT INTO rollout (rid, step, prompt, sample, text, reward, advantage, finish, tokens,
         extracted, is_right, is_copied, terms, mean_logprob, mean_entropy, start, length)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertText = db.prepare('INSERT INTO rollout_text (rowid, text) VALUES (?, ?)');
    this.#insertGroup = db.prepare(
      `INSERT OR REPLACE INTO rollout_group (rid, step, place, prompt, row, question, task,
         difficulty, world, images, target, size, right, unique_answers, truncated, reward_mean,
         reward_std, is_silent, tokens_mean)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Reads files that are new or were written again. @returns whether there were any */
  async ingest(run: IndexedRun, folder: string): Promise<boolean> {
    const base = join(folder, 'rollouts');
    const changed = statSync(base, { throwIfNoEntry: false })?.mtimeMs;
    // A file appears by a rename, which changes the folder.
    if (changed === undefined || this.#seen.get(run.rid) === changed) return false;
    const known = new Map(
      this.#db
        .prepare<[number], { step: number; bytes: number; mtime: number }>(
          'SELECT step, bytes, mtime FROM rollout_file WHERE rid = ?',
        )
        .all(run.rid)
        .map(({ step, ...file }) => [step, file]),
    );
    let isNew = false;
    for (const file of listSteps(base, '.jsonl')) {
      const info = statSync(file.path, { throwIfNoEntry: false });
      if (info === undefined) continue;
      const before = known.get(file.step);
      if (before?.bytes === info.size && before.mtime === info.mtimeMs) continue;
      await this.#read(run, file, { bytes: info.size, mtime: info.mtimeMs });
      isNew = true;
    }
    // A file that came in the same tick as the last look would not change the time again.
    if (Date.now() - changed > SETTLED_MS) this.#seen.set(run.rid, changed);
    return isNew;
  }

  removeRun(rid: number): void {
    this.#seen.delete(rid);
    this.#forget('rid = ?', [rid]);
    for (const table of ['rollout_group', 'rollout_file']) {
      this.#db.prepare(`DELETE FROM ${table} WHERE rid = ?`).run(rid);
    }
  }

  async #read(run: IndexedRun, file: StepFile, info: { bytes: number; mtime: number }) {
    const { step } = file;
    this.#db.transaction(() => this.#forget('rid = ? AND step = ?', [run.rid, step]))();
    const names = termNames(run);
    const groups = new Map<string, IndexedCompletion[]>();
    for (let offset = 0, hasMore = true; hasMore; ) {
      const block = readBlock(file.path, offset);
      if (block === undefined) return;
      this.#db.transaction(() => {
        for (const line of block.lines) this.#add(run.rid, step, line, names, groups);
      })();
      offset = block.offset;
      hasMore = block.hasMore;
      // Calls of the window come in between.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.#db.open) return;
    }
    this.#db.transaction(() => {
      // Lists show the old groups until the new ones are whole.
      this.#db.prepare('DELETE FROM rollout_group WHERE rid = ? AND step = ?').run(run.rid, step);
      let place = 0;
      for (const [prompt, members] of groups)
        this.#addGroup(run.rid, step, place++, prompt, members);
      this.#db
        .prepare(
          'INSERT OR REPLACE INTO rollout_file (rid, step, bytes, mtime) VALUES (?, ?, ?, ?)',
        )
        .run(run.rid, step, info.bytes, info.mtime);
    })();
  }

  #add(
    rid: number,
    step: number,
    line: TailLine,
    names: readonly string[],
    groups: Map<string, IndexedCompletion[]>,
  ): void {
    const row = readCompletion(line.value, names);
    if (row === undefined) return;
    const { lastInsertRowid } = this.#insert.run(
      rid,
      step,
      row.prompt,
      row.sample,
      row.text,
      row.reward,
      row.advantage,
      row.finish,
      row.tokens,
      row.extracted,
      row.isRight === null ? null : Number(row.isRight),
      Number(row.isCopied),
      JSON.stringify(row.terms),
      row.meanLogprob,
      row.meanEntropy,
      line.start,
      line.length,
    );
    this.#insertText.run(lastInsertRowid, row.text);
    const members = groups.get(row.prompt);
    // Texts are stored: what a group needs of them is small.
    if (members === undefined) groups.set(row.prompt, [row]);
    else members.push({ ...row, text: '' });
  }

  #addGroup(
    rid: number,
    step: number,
    order: number,
    prompt: string,
    members: readonly IndexedCompletion[],
  ): void {
    const [first] = members;
    if (first === undefined) return;
    const { question, task, difficulty, world, images, target } = first.group;
    const rewards = members.flatMap(({ reward }) => (reward === null ? [] : [reward]));
    const judged = members.filter(({ isRight }) => isRight !== null);
    const spread = spreadOf(rewards);
    this.#insertGroup.run(
      rid,
      step,
      first.place ?? order,
      prompt,
      rowOf(prompt),
      question,
      task,
      difficulty,
      world,
      JSON.stringify(images),
      target,
      members.length,
      judged.length === 0 ? null : judged.filter(({ isRight }) => isRight === true).length,
      new Set(members.map(({ extracted }) => extracted)).size,
      members.filter(({ finish }) => finish === 'length').length,
      spread?.mean ?? null,
      spread?.std ?? null,
      Number(spread !== undefined && spread.std < SAME && members.length > 1),
      members.reduce((sum, { tokens }) => sum + tokens, 0) / members.length,
    );
  }

  /** Completions and their texts; the search index is told what it loses. */
  #forget(where: string, values: readonly number[]): void {
    this.#db
      .prepare(
        `INSERT INTO rollout_text (rollout_text, rowid, text)
         SELECT 'delete', oid, text FROM rollout WHERE ${where}`,
      )
      .run(...values);
    this.#db.prepare(`DELETE FROM rollout WHERE ${where}`).run(...values);
  }
}

function spreadOf(values: readonly number[]): { mean: number; std: number } | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

/** Reward terms in the recipe's order. */
export function termNames(run: IndexedRun): string[] {
  // Parsed JSON of a resolved recipe.
  const slots = run.record.config['slots'] as
    | { reward?: { terms?: readonly { kind?: unknown }[] } }
    | undefined;
  return (slots?.reward?.terms ?? []).map(({ kind }) => String(kind));
}
