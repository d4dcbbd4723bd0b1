/** Where two resolved recipes differ, field by field with dotted paths; a changed choice is one entry. */
import {
  isPlainObject,
  isSamePlain,
  type Plain,
  type PlainObject,
} from '../../shared/merge-slots.ts';
import type { RecipeDifference } from '../../shared/model/recipe.ts';

/** @returns in the order of `to`, then what only `from` has. */
export function differencesOf(from: PlainObject, to: PlainObject, path = ''): RecipeDifference[] {
  const keys = [...new Set([...Object.keys(to), ...Object.keys(from)])];
  return keys.flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`;
    const left = own(from, key);
    const right = own(to, key);
    if (left !== undefined && right !== undefined && isSamePlain(left, right)) return [];
    if (isPlainObject(left) && isPlainObject(right) && left['kind'] === right['kind']) {
      return differencesOf(left, right, at);
    }
    return [{ path: at, from: left ?? null, to: right ?? null }];
  });
}

function own(object: PlainObject, key: string): Plain | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
