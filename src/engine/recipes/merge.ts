/**
 * Lays recipe data over recipe data, slot by slot: objects merge field by field, lists and plain
 * values are replaced. A choice that names another `kind` replaces the whole choice, so that the
 * parameters of the old kind do not survive in the new one; a mixture replaces the whole mixture.
 */
import type { Plain, PlainObject } from './define.ts';

export function isPlainObject(value: Plain | undefined): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields whose keys are shares of one mixture: who names a mixture means that one and no other. */
const MIXTURES: ReadonlySet<string> = new Set(['tasks', 'difficulty']);

/** `over` on top of `base`; neither is changed. */
export function mergeSlots(base: PlainObject, over: PlainObject): PlainObject {
  const isOtherKind = 'kind' in base && 'kind' in over && base['kind'] !== over['kind'];
  if (isOtherKind) return over;
  // A map, because assigning a key called __proto__ to an object would not make a field of it.
  const merged = new Map<string, Plain>(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    const isMerged = isPlainObject(value) && isPlainObject(below) && !MIXTURES.has(key);
    merged.set(key, isMerged ? mergeSlots(below, value) : value);
  }
  return Object.fromEntries(merged);
}
