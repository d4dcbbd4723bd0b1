/**
 * Plain data by dotted path: reading a setting, changing it, taking a change back. Changes over a
 * recipe come in; new changes go out, without what the recipe says already.
 */
import {
  changedSlots,
  isPlainObject,
  mergeSlots,
  type Plain,
  type PlainObject,
} from '../../../shared/merge-slots.ts';

/** undefined where nothing is. */
export function valueAt(object: PlainObject, path: string): Plain | undefined {
  let value: Plain | undefined = object;
  for (const key of path.split('.')) {
    if (!isPlainObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy with one value; objects on the way are made where they are missing. */
export function withValue(object: PlainObject, path: string, value: Plain): PlainObject {
  const [key = '', ...rest] = path.split('.');
  const inside = Object.hasOwn(object, key) ? object[key] : undefined;
  const next =
    rest.length === 0
      ? value
      : withValue(isPlainObject(inside) ? inside : {}, rest.join('.'), value);
  return { ...object, [key]: next };
}

export function withoutValue(object: PlainObject, path: string): PlainObject {
  const [key = '', ...rest] = path.split('.');
  if (!Object.hasOwn(object, key)) return object;
  const inside = object[key];
  const { [key]: _, ...others } = object;
  if (rest.length === 0 || !isPlainObject(inside)) return others;
  const left = withoutValue(inside, rest.join('.'));
  return Object.keys(left).length === 0 ? others : { ...others, [key]: left };
}

/** The recipe with the changes laid over it. */
export function laidOver(defaults: PlainObject, changes: PlainObject): PlainObject {
  return mergeSlots(defaults, changes);
}

/** Sets one value and keeps only what differs from the recipe. */
export function changed(
  defaults: PlainObject,
  changes: PlainObject,
  path: string,
  value: Plain,
): PlainObject {
  return changedSlots(defaults, withValue(changes, path, value));
}

/** What the recipe says for one setting, or no word of it where the recipe has none. */
export function reset(defaults: PlainObject, changes: PlainObject, path: string): PlainObject {
  const said = valueAt(defaults, path);
  if (said === undefined) return withoutValue(changes, path);
  return changedSlots(defaults, withValue(changes, path, said));
}

/** Dotted paths of all that is changed: leaves, lists and whole choices. */
export function changedPaths(changes: PlainObject, prefix = ''): string[] {
  return Object.entries(changes).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isPlainObject(value) && Object.keys(value).length > 0
      ? changedPaths(value, path)
      : [path];
  });
}
