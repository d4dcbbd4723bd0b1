/** The answer is a point inside the true box (half open). */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { boxSchema, parsePoint } from './place.ts';

export const point = defineVerifier({
  kind: 'point',
  meaning: 'a point inside the true box',
  params: {
    box: boxSchema,
    /** Side of a cell in pixels, if answers may name cells. */
    cell: z.number().positive().optional(),
  },
  judge(answer, { box, cell }) {
    const given = parsePoint(answer, cell);
    if (given === undefined) return WRONG;
    return verdictOf(
      given.x >= box.x0 && given.x < box.x1 && given.y >= box.y0 && given.y < box.y1,
    );
  },
});
