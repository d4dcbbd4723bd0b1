/** What a command's end means to a shell: errors come in, text on stderr and an exit code go out. */
import type { LabError } from '../../shared/errors.ts';

export const EXIT = {
  ok: 0,
  /** A check did not hold, or the program itself is at fault. */
  failed: 1,
  /** Bad input of any kind, told as `error[code]`. */
  badInput: 2,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  cancelled: 130,
} as const;

/** Faults that are not the caller's. */
const FAULTS: ReadonlySet<string> = new Set([
  'internal',
  'engine/crashed',
  'engine/out-of-memory',
  'engine/protocol',
]);

export function exitCodeOf(error: LabError): number {
  if (error.code === 'engine/cancelled') return EXIT.cancelled;
  return FAULTS.has(error.code) ? EXIT.failed : EXIT.badInput;
}

/**
 * The error as it goes to stderr: two lines for people, one JSON line for scripts. The stack of a
 * fault in the program is shown, that of bad input is not.
 */
export function formatError(error: LabError, isJson: boolean): string {
  const { code, message, hint, details } = error;
  if (isJson) {
    return JSON.stringify({
      error: { code, message, hint: hint ?? null, details: details ?? null },
    });
  }
  const lines = [`error[${code}]: ${message}`];
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  if (code === 'internal' && error.stack !== undefined) lines.push(error.stack);
  return lines.join('\n');
}
