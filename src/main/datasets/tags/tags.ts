/**
 * Tags of rows. Comes in: rows and the tags to add or remove. Goes out: how many rows changed. An
 * edit is one entry of the undo history that names, per tag, the rows that really changed.
 */
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { jsonObject } from '../../../shared/json.ts';
import type { RowQuery } from '../../../shared/model/dataset.ts';
import type { Database } from '../../storage/database.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { History } from '../../workspace/history.ts';
import type { DatasetBrowser } from '../browse/browser.ts';
import { packRows, unpackRows } from '../views/row-list.ts';

export interface TagEdit {
  readonly dataset: string;
  /** These rows, or all that match `query`. */
  readonly rows?: readonly number[] | undefined;
  readonly query?: RowQuery | undefined;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** One state of an edit: per tag, rows that have it and rows that have it not. Rows are packed, base64. */
const tagState = z.object({
  dataset: z.string(),
  tags: z.array(z.object({ tag: z.string(), isSet: z.boolean(), rows: z.string() })),
});
type TagState = z.infer<typeof tagState>;

const KIND = 'datasets/tags';

export interface TagsOptions {
  readonly db: Database;
  readonly browser: DatasetBrowser;
  readonly history: History;
  readonly changes: Changes;
}

export class Tags {
  readonly #options: TagsOptions;

  constructor(options: TagsOptions) {
    this.#options = options;
    options.history.define(KIND, (data) => {
      this.#apply(tagState.parse(data));
    });
  }

  /** @returns how many rows changed. @throws LabError `rpc/invalid-input` when no rows are named */
  async edit(edit: TagEdit): Promise<{ rows: number }> {
    const rows = await this.#rowsOf(edit);
    const { db, history } = this.#options;
    const changes: TagState['tags'] = [];
    const changed = new Set<number>();
    for (const [tags, isSet] of [[edit.add, true] as const, [edit.remove, false] as const]) {
      for (const tag of new Set(tags)) {
        const has = new Set(this.#rowsWith(edit.dataset, tag));
        const different = rows.filter((row) => has.has(row) !== isSet);
        if (different.length === 0) continue;
        for (const row of different) changed.add(row);
        changes.push({ tag, isSet, rows: packRows(different).toString('base64') });
      }
    }
    if (changes.length === 0) return { rows: 0 };
    const redo: TagState = { dataset: edit.dataset, tags: changes };
    const undo: TagState = {
      dataset: edit.dataset,
      tags: changes.map((change) => ({ ...change, isSet: !change.isSet })),
    };
    db.transaction(() => {
      this.#write(redo);
      history.record({
        label: labelOf(edit, changed.size),
        undo: { kind: KIND, data: jsonObject.parse(undo) },
        redo: { kind: KIND, data: jsonObject.parse(redo) },
      });
    })();
    this.#changed();
    return { rows: changed.size };
  }

  async #rowsOf({ dataset, rows, query }: TagEdit): Promise<number[]> {
    if (rows !== undefined) return [...new Set(rows)];
    if (query === undefined) {
      throw new LabError('rpc/invalid-input', '[tags] expected `rows` or a `query`, got neither');
    }
    return Array.from(await this.#options.browser.resolve({ ...query, dataset }));
  }

  #rowsWith(dataset: string, tag: string): number[] {
    // Plucked from an INTEGER column.
    return this.#options.db
      .prepare('SELECT row FROM row_tag WHERE dataset = ? AND tag = ?')
      .pluck()
      .all(dataset, tag) as number[];
  }

  #apply(state: TagState): void {
    this.#options.db.transaction(() => this.#write(state))();
    this.#changed();
  }

  #write({ dataset, tags }: TagState): void {
    const { db } = this.#options;
    // One statement per tag: a million rows are tagged in about a second.
    const add = db.prepare(
      'INSERT OR IGNORE INTO row_tag (dataset, tag, row) SELECT ?, ?, value FROM json_each(?)',
    );
    const remove = db.prepare(
      'DELETE FROM row_tag WHERE dataset = ? AND tag = ? AND row IN (SELECT value FROM json_each(?))',
    );
    for (const { tag, isSet, rows } of tags) {
      const list = JSON.stringify(Array.from(unpackRows(Buffer.from(rows, 'base64'))));
      (isSet ? add : remove).run(dataset, tag, list);
    }
  }

  #changed(): void {
    this.#options.browser.invalidate();
    this.#options.changes.touch('datasets');
  }
}

function labelOf({ add, remove }: TagEdit, rows: number): string {
  const what = [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `-${tag}`)].join(' ');
  return `tag ${rows} ${rows === 1 ? 'row' : 'rows'} ${what}`;
}
