/** The answer lists the items in order. Closeness is the share of places that agree. */
import { z } from 'zod';
import { defineVerifier, verdictOf } from './define.ts';
import { listItems, normaliseText } from './text.ts';

export const sequence = defineVerifier({
  kind: 'sequence',
  meaning: 'the same items in the same order',
  params: { items: z.array(z.string()) },
  judge(answer, { items }) {
    const wanted = items.map(normaliseText);
    const given = listItems(answer);
    const places = Math.max(wanted.length, given.length);
    const agreeing = wanted.filter((item, at) => given[at] === item).length;
    const closeness = places === 0 ? 1 : agreeing / places;
    return verdictOf(closeness === 1, closeness);
  },
});
