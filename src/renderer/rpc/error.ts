/** What went wrong, in the wire form of LabError: a thrown value comes in, code, message and hint go out. */
import { LabError, type WireError } from '../../shared/errors.ts';

/** @param thrown an error of a query or mutation, one in its wire form, or anything else */
export function wireErrorOf(thrown: unknown): WireError {
  if (typeof thrown === 'object' && thrown !== null && 'data' in thrown) {
    const { data } = thrown;
    if (typeof data === 'object' && data !== null && 'lab' in data && isWireError(data.lab)) {
      return data.lab;
    }
  }
  // As a run, a queue item or a dry run keeps it.
  if (!(thrown instanceof Error) && isWireError(thrown)) return thrown;
  return LabError.from(thrown).toWire();
}

function isWireError(value: unknown): value is WireError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'message' in value &&
    typeof value.message === 'string'
  );
}
