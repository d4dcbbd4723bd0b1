/**
 * Native errors as {@link LabError}. In: whatever the addon threw (an Error with `code` and perhaps
 * `hint`). Out: a LabError with the same code, message and hint, and the native error as its cause.
 */
import { type ErrorCode, LabError } from '../../shared/errors.ts';

/** The codes `native/binding` throws with; anything else is a fault of ours. */
const NATIVE_CODES = new Set<string>([
  'engine/cancelled',
  'engine/out-of-memory',
  'native/failed',
  'native/invalid-argument',
  'native/library-missing',
  'native/provider-missing',
  'native/unsupported',
  'native/version',
] satisfies ErrorCode[]);

/** What a broken checkpoint looks like from inside. */
const NOT_NUMBERS =
  'The weights hold NaN or infinity, or values that lead there: use another checkpoint.';

function isNativeCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && NATIVE_CODES.has(code);
}

/** @param context put before the message, e.g. the program's name */
export function fromNative(thrown: unknown, context?: string): LabError {
  if (thrown instanceof LabError) return thrown;
  if (!(thrown instanceof Error) || !('code' in thrown) || !isNativeCode(thrown.code)) {
    return LabError.from(thrown);
  }
  const given = 'hint' in thrown && typeof thrown.hint === 'string' ? thrown.hint : undefined;
  const hint = /logits that are numbers/.test(thrown.message) ? NOT_NUMBERS : given;
  const message = context === undefined ? thrown.message : `${context}: ${thrown.message}`;
  return new LabError(thrown.code, message, { hint, cause: thrown });
}

/** Calls into the addon. @throws LabError for everything the addon throws */
export function callNative<T>(body: () => T, context?: string): T {
  try {
    return body();
  } catch (thrown) {
    throw fromNative(thrown, context);
  }
}
