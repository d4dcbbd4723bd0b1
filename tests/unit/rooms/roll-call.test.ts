/** Every definition file of a room is on the room's roll-call, under the name of its file. */
import { describe, expect, it } from 'vitest';
import { advantages } from '../../../src/engine/advantage/index.ts';
import {
  aggregates,
  kls,
  preferences,
  ratios,
  supervised,
  surrogates,
} from '../../../src/engine/objective/parts.ts';
import { recipes } from '../../../src/engine/recipes/index.ts';
import { rewards } from '../../../src/engine/reward/index.ts';
import { verifiers } from '../../../src/engine/reward/verify/index.ts';
import { definitionsIn } from '../../support/rooms.ts';

type Listed = Readonly<Record<string, { readonly id?: string; readonly kind?: string }>>;

const rooms: readonly (readonly [string, RegExp, Listed])[] = [
  ['advantage', /= defineAdvantage\(/, advantages],
  ['reward', /= defineReward\(/, rewards],
  ['reward/verify', /= defineVerifier\(/, verifiers],
  ['objective/ratio', /= defineRatio\(/, ratios],
  ['objective/surrogate', /= defineSurrogate\(/, surrogates],
  ['objective/kl', /= defineKl\(/, kls],
  ['objective/aggregate', /= defineAggregate\(/, aggregates],
  ['objective/preference', /= definePreference\(/, preferences],
  ['objective/supervised', /export const /, supervised],
  ['recipes', /= defineRecipe\(/, recipes],
];

describe.each(rooms)('%s', (room, marker, listed) => {
  it('lists every definition file', () => {
    expect(Object.keys(listed).sort()).toEqual(definitionsIn(room, marker));
  });

  it('lists each under its own id', () => {
    for (const [name, definition] of Object.entries(listed)) {
      expect(definition.id ?? definition.kind).toBe(name);
    }
  });
});
