/**
 * Lays recipe data over recipe data, slot by slot: objects merge field by field, lists and plain
 * values are replaced. A choice that names another `kind` replaces the whole choice, so that the
 * parameters of the old kind do not survive in the new one; a mixture replaces the whole mixture.
 */

/** Plain data, as in a YAML file. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };
export type PlainObject = { readonly [key: string]: Plain };

export function isPlainObject(value: Plain | undefined): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields whose keys are shares of one mixture: who names a mixture means that one and no other. */
const MIXTURES: ReadonlySet<string> = new Set(['tasks', 'difficulty']);

/** `over` on top of `base`; neither is changed. */
export function mergeSlots(base: PlainObject, over: PlainObject): PlainObject {
  if (isOtherKind(base, over)) return over;
  // A map, because assigning a key called __proto__ to an object would not make a field of it.
  const merged = new Map<string, Plain>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    const isMerged = isPlainObject(value) && isPlainObject(below) && !MIXTURES.has(key);
    merged.set(key, isMerged ? mergeSlots(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** What of `slots` is not as in `base` already: `mergeSlots(base, changedSlots(base, slots))` is both. */
export function changedSlots(base: PlainObject, slots: PlainObject): PlainObject {
  if (isOtherKind(base, slots)) return slots;
  const changed = new Map<string, Plain>();
  for (const [key, value] of Object.entries(slots)) {
    const below = Object.hasOwn(base, key) ? base[key] : undefined;
    if (isPlainObject(value) && isPlainObject(below) && !MIXTURES.has(key)) {
      const inside = changedSlots(below, value);
      if (Object.keys(inside).length > 0) changed.set(key, inside);
    } else if (below === undefined || !isSamePlain(value, below)) {
      changed.set(key, value);
    }
  }
  return Object.fromEntries(changed);
}

/** Deep equality of plain data; the order of fields does not count. */
export function isSamePlain(a: Plain, b: Plain): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSamePlain(item, b[i]));
  }
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
    return keys.every((key) => {
      const [left, right] = [a[key], Object.hasOwn(b, key) ? b[key] : undefined];
      return left !== undefined && right !== undefined && isSamePlain(left, right);
    });
  }
  return Object.is(a, b) || a === b;
}

function isOtherKind(base: PlainObject, over: PlainObject): boolean {
  return 'kind' in base && 'kind' in over && base['kind'] !== over['kind'];
}
