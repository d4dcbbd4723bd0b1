/** The answer lists the items, in any order, each once. Closeness is F1. */
import { z } from 'zod';
import { defineVerifier, verdictOf } from './define.ts';
import { listItems, normaliseText } from './text.ts';

export const set = defineVerifier({
  kind: 'set',
  meaning: 'the same items in any order',
  params: { items: z.array(z.string()) },
  judge(answer, { items }) {
    const given = listItems(answer);
    const wanted = new Set(items.map(normaliseText));
    const hits = new Set(given.filter((item) => wanted.has(item))).size;
    // Repeats count as further items: they lower precision and are never correct.
    const closeness =
      given.length + wanted.size === 0 ? 1 : (2 * hits) / (given.length + wanted.size);
    return verdictOf(hits === wanted.size && given.length === wanted.size, closeness);
  },
});
