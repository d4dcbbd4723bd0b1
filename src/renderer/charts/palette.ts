/**
 * Colours of series. A family (the chart, or "runs") and an entity come in; a slot of the eight goes
 * out, the same one for the whole session, whatever else is shown or hidden meanwhile.
 */

const SLOTS = 8;
const families = new Map<string, Map<string, number>>();

/** 1-8, in the order in which the entities of a family were first seen. */
export function slotOf(family: string, entity: string): number {
  let known = families.get(family);
  if (known === undefined) {
    known = new Map();
    families.set(family, known);
  }
  const slot = known.get(entity) ?? (known.size % SLOTS) + 1;
  known.set(entity, slot);
  return slot;
}

export function strokeOf(slot: number): string {
  return `var(--s${slot})`;
}

/** Ground of an interval or of a band between extremes. */
export function groundOf(slot: number): string {
  return slot <= 4
    ? `var(--s${slot}-band)`
    : `color-mix(in srgb, var(--s${slot}) 16%, transparent)`;
}

/** Dashes tell series apart once more than four share a plot. */
const DASHES = ['', '', '', '', '6 2', '6 2', '2 2', '8 2 2 2'];

export function dashOf(slot: number): string {
  return DASHES[slot - 1] ?? '';
}
