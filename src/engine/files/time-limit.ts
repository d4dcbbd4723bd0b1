/**
 * A synchronous call with an upper bound on its time: for code that interprets files of strangers
 * (chat templates, split patterns) and could loop for ever. V8 ends the call, also inside a regular
 * expression.
 */
import { createContext, Script } from 'node:vm';
import { LabError } from '../../shared/errors.ts';

const script = new Script('call()');
const holder: { call: () => void } = { call: () => undefined };
const context = createContext(holder);

/**
 * @param what named in the error.
 * @throws LabError `file/unsafe` after `milliseconds`; whatever `call` throws.
 */
export function withTimeLimit<T>(what: string, milliseconds: number, call: () => T): T {
  let result: { readonly value: T } | undefined;
  const outer = holder.call;
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
    holder.call = outer;
  }
  if (!result) throw new LabError('internal', `[limit] ${what} returned nothing`);
  return result.value;
}

/** Not `instanceof Error`: the error is made in the other context and has its own class. */
function isTimeout(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
