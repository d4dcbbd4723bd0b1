/**
 * What the person chose, one row per setting. Values that no longer fit (an older or newer version
 * wrote them) fall back to their default instead of keeping the app from starting.
 */
import {
  type Settings,
  type SettingsChange,
  settings as schema,
} from '../../shared/model/workspace.ts';
import type { Database } from '../storage/database.ts';
import { keyValues } from '../storage/key-values.ts';
import type { Changes } from './changes.ts';

export class SettingsStore {
  readonly #rows: ReturnType<typeof keyValues>;
  readonly #changes: Changes;

  constructor(options: { readonly db: Database; readonly changes: Changes }) {
    this.#rows = keyValues(options.db, 'setting');
    this.#changes = options.changes;
  }

  get(): Settings {
    const stored: Record<string, unknown> = {};
    for (const [key, value] of this.#rows.all()) {
      const field = fieldOf(key);
      const parsed = field?.safeParse(jsonOf(value));
      if (parsed?.success) stored[key] = parsed.data;
    }
    return schema.parse(stored);
  }

  /** Changes the named settings and leaves the others. */
  set(change: SettingsChange): Settings {
    const entries = Object.entries(change).filter(([, value]) => value !== undefined);
    this.#rows.set(entries.map(([key, value]) => [key, JSON.stringify(value)]));
    this.#changes.touch('workspace');
    return this.get();
  }
}

function fieldOf(key: string): (typeof schema.shape)[keyof typeof schema.shape] | undefined {
  // Own properties only: a row named 'toString' is no setting.
  return Object.hasOwn(schema.shape, key)
    ? schema.shape[key as keyof typeof schema.shape]
    : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
