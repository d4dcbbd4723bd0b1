/** Closes a switch over a union: a new member then fails to compile instead of falling through. */
import { LabError } from './errors.ts';

/** @throws LabError `internal` if a value got past the types. */
export function assertNever(value: never): never {
  throw new LabError('internal', `expected no such case, got ${JSON.stringify(value)}`);
}
