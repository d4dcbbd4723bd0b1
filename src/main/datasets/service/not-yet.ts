/** What a part of the room that is still being written answers. */
import { LabError } from '../../../shared/errors.ts';

export function notYet(): never {
  throw new LabError('internal', '[datasets] not there yet');
}
