/**
 * The one list of commands: every button that has a key, every palette entry, every line of the key
 * sheet. Definitions come in while their view is mounted; the list and the command of a key press go out.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { chordOf, isPlain, isTextField } from './chord.ts';

export interface Command {
  /** Stable, `room.verb`: what a person rebinds. */
  readonly id: string;
  readonly title: string;
  /** Heading in the palette and on the key sheet. */
  readonly group: string;
  /** Chords as in `Mod+Shift+K`, `?`, `ArrowLeft`; Mod is Ctrl, or Cmd on a Mac. */
  readonly keys?: readonly string[];
  /** The pane (`data-scope`) it belongs to; absent = the whole page. A focused pane's key wins. */
  readonly scope?: string;
  /** The same from a terminal. */
  readonly cli?: string;
  /** Why it cannot run now. */
  readonly blocked?: string | undefined;
  /** Not worth a line in the palette (walking a list). */
  readonly isQuiet?: boolean;
  readonly run: () => void;
}

/** What is known of a command also while its page is not shown: enough to rebind it. */
export type KnownCommand = Pick<Command, 'id' | 'title' | 'group' | 'keys' | 'scope'>;

const KNOWN = 'rationale.commands';

let commands: readonly Command[] = [];
/** By id, every command that was ever mounted in this browser. */
let known: readonly KnownCommand[] = storedCommands();
/** Chords a person chose, by command id; an empty list unbinds. */
let bindings: Readonly<Record<string, readonly string[]>> = {};
const listeners = new Set<() => void>();

function changed(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useCommandList(): readonly Command[] {
  return useSyncExternalStore(subscribe, () => commands);
}

/** Told again when a command was mounted and when keys were bound. */
export function useKnownCommands(): readonly KnownCommand[] {
  useSyncExternalStore(subscribe, () => bindings);
  return useSyncExternalStore(subscribe, () => known);
}

export function setKeyBindings(next: Readonly<Record<string, readonly string[]>>): void {
  bindings = next;
  changed();
}

/** The chords of a command as they are bound now. */
export function keysOf(command: Pick<Command, 'id' | 'keys'>): readonly string[] {
  return bindings[command.id] ?? command.keys ?? [];
}

/**
 * Commands while the calling component is mounted. The list may be made anew in every render: listeners
 * hear of it only when something that can be seen differs; what runs is always the newest.
 */
export function useCommands(list: readonly Command[]): void {
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });
  // JSON leaves functions out.
  const visible = JSON.stringify(list);
  useEffect(() => {
    // Written one line above from commands; only `run` is missing.
    const mounted = (JSON.parse(visible) as Omit<Command, 'run'>[]).map((command) => ({
      ...command,
      run: () => latest.current.find(({ id }) => id === command.id)?.run(),
    }));
    const ids = new Set(mounted.map(({ id }) => id));
    const gone = new Set<Command>(mounted);
    commands = [...commands.filter(({ id }) => !ids.has(id)), ...mounted];
    remember(mounted);
    changed();
    return () => {
      commands = commands.filter((command) => !gone.has(command));
      changed();
    };
  }, [visible]);
}

/** The command a key press means, given where the focus is. */
export function commandFor(event: KeyboardEvent): Command | undefined {
  const chord = chordOf(event);
  if (chord === undefined) return undefined;
  if (isTextField(event.target) && isPlain(chord)) return undefined;
  const focused = scopesAround(event.target);
  const fitting = commands.filter(
    (command) =>
      keysOf(command).includes(chord) &&
      (command.scope === undefined || focused.includes(command.scope)),
  );
  // The innermost pane first, then what belongs to the page; of equals the one mounted last.
  const rank = ({ scope }: Command) =>
    scope === undefined ? focused.length : focused.indexOf(scope);
  return fitting.toReversed().toSorted((a, b) => rank(a) - rank(b))[0];
}

function scopesAround(target: EventTarget | null): string[] {
  const scopes: string[] = [];
  let element = target instanceof Element ? target.closest<HTMLElement>('[data-scope]') : null;
  while (element !== null) {
    scopes.push(element.dataset['scope'] ?? '');
    element = element.parentElement?.closest<HTMLElement>('[data-scope]') ?? null;
  }
  return scopes;
}

/** Titles follow the page; a command that is no longer made goes with the browser's storage. */
function remember(list: readonly Command[]): void {
  const fresh = list.map(({ id, title, group, keys, scope }) => ({
    id,
    title,
    group,
    ...(keys === undefined ? {} : { keys }),
    ...(scope === undefined ? {} : { scope }),
  }));
  const ids = new Set(fresh.map(({ id }) => id));
  const next = [...known.filter(({ id }) => !ids.has(id)), ...fresh].sort((a, b) =>
    a.id.localeCompare(b.id),
  );
  const text = JSON.stringify(next);
  if (text === JSON.stringify(known)) return;
  known = next;
  try {
    localStorage.setItem(KNOWN, text);
  } catch {
    // A full storage forgets nothing that cannot be seen again by opening the page.
  }
}

function storedCommands(): readonly KnownCommand[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KNOWN) ?? '[]');
    if (!Array.isArray(stored)) return [];
    // Written by `remember`; what lacks an id or a title is dropped.
    return (stored as KnownCommand[]).filter(
      ({ id, title, group }) =>
        typeof id === 'string' && typeof title === 'string' && typeof group === 'string',
    );
  } catch {
    return [];
  }
}
