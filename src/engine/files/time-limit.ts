/**
 * A synchronous call with an upper bound on its time: for code that interprets files of strangers
 * (chat templates, split patterns) and could loop for ever. V8 ends the call, also inside a regular
 * expression. Entering a limit costs about half a millisecond, so work over many texts takes one limit
 * around all of it; limits inside are then part of that one.
 */
import { createContext, Script } from 'node:vm';
import { LabError } from '../../shared/errors.ts';

const script = new Script('call()');
const holder: { call: () => void } = { call: () => undefined };
const context = createContext(holder);
let isLimited = false;

/**
 * @param what named in the error.
 * @throws LabError `file/unsafe` after `milliseconds`; whatever `call` throws.
 */
export function withTimeLimit<T>(what: string, milliseconds: number, call: () => T): T {
  if (isLimited) return call();
  let result: { readonly value: T } | undefined;
  isLimited = true;
  holder.call = () => {
    result = { value: call() };
  };
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (thrown) {
    if (isTimeout(thrown)) {
      throw new LabError('file/unsafe', `[limit] ${what} did not finish in ${milliseconds} ms`, {
        hint: 'The file that defines it loops or backtracks without end.',
      });
    }
    throw thrown;
  } finally {
    isLimited = false;
  }
  if (!result) throw new LabError('internal', `[limit] ${what} returned nothing`);
  return result.value;
}

/** Not `instanceof Error`: the error is made in the other context and has its own class. */
function isTimeout(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
