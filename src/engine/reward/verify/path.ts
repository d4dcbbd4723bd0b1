/**
 * The answer is a route: stops in order from `from` to `to`, every step along an edge, no stop twice,
 * of exactly `length` stops, which is a shortest route. Any shortest route is right. Closeness is the
 * share of its steps that follow edges from the start, halved unless it arrives.
 */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { listItems, normaliseText } from './text.ts';

export const path = defineVerifier({
  kind: 'path',
  meaning: 'a shortest route along the edges of a map',
  params: {
    edges: z.array(z.tuple([z.string(), z.string()])),
    from: z.string(),
    to: z.string(),
    /** Stops of a shortest route, both ends counted. */
    length: z.number().int().positive(),
  },
  judge(answer, { edges, from, to, length }) {
    const stops = listItems(answer);
    if (stops[0] !== normaliseText(from)) return WRONG;
    const links = new Set(edges.flatMap(([a, b]) => [linkOf(a, b), linkOf(b, a)]));
    let steps = 0;
    while (
      steps + 1 < stops.length &&
      links.has(linkOf(stops[steps] ?? '', stops[steps + 1] ?? ''))
    )
      steps++;
    const isRoute = steps === stops.length - 1 && new Set(stops).size === stops.length;
    const arrives = isRoute && stops.at(-1) === normaliseText(to);
    const goodShare = steps / Math.max(length - 1, stops.length - 1, 1);
    return verdictOf(
      arrives && stops.length === length,
      arrives ? Math.min(1, length / stops.length) : goodShare / 2,
    );
  },
});

function linkOf(a: string, b: string): string {
  return `${normaliseText(a)}\n${normaliseText(b)}`;
}
