/** Key presses as text: an event comes in, `Mod+Shift+K` goes out; and how a chord is shown. */

const isMac = navigator.platform.startsWith('Mac');
const MODIFIERS = new Set(['Control', 'Meta', 'Shift', 'Alt']);

/** undefined for a modifier alone. */
export function chordOf(event: KeyboardEvent): string | undefined {
  const { key } = event;
  if (MODIFIERS.has(key) || event.isComposing) return undefined;
  const isLetter = /^[a-z]$/i.test(key);
  const parts = [
    ...((isMac ? event.metaKey : event.ctrlKey) ? ['Mod'] : []),
    ...(event.altKey ? ['Alt'] : []),
    // `?` and `!` carry their Shift in themselves.
    ...(event.shiftKey && (isLetter || key.length > 1) ? ['Shift'] : []),
    key === ' ' ? 'Space' : isLetter ? key.toUpperCase() : key,
  ];
  return parts.join('+');
}

/** Whether a chord is what typing looks like: silent in text fields. */
export function isPlain(chord: string): boolean {
  if (chord === 'Escape' || /^F\d+$/.test(chord)) return false;
  return !/(^|\+)(Mod|Alt)\+/.test(chord);
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'button', 'range', 'submit'].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

const NAMES: Readonly<Record<string, string>> = {
  Mod: isMac ? '⌘' : 'Ctrl',
  Alt: isMac ? '⌥' : 'Alt',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
};

/** The keys of a chord as they are printed on caps. */
export function capsOf(chord: string): string[] {
  return chord.split('+').map((part) => NAMES[part] ?? part);
}
