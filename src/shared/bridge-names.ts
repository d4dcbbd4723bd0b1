/**
 * Names of the desktop window's bridge: its global and its IPC channels. Apart from the schemas, so
 * that the preload script stays a few lines without a library in it.
 */

/** The one global of the window. */
export const BRIDGE_NAME = 'rationale';

export const CHANNELS = {
  /** window -> main: a socket message */
  toMain: 'rationale:to-main',
  /** main -> window: a socket message */
  toWindow: 'rationale:to-window',
  /** window -> main, with an answer: options of a dialog -> paths */
  pick: 'rationale:pick',
} as const;
