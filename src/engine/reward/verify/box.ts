/** The answer is a box whose IoU with the true one reaches the threshold. Closeness is the IoU. */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { boxIou, boxSchema, parseBox } from './place.ts';

export const box = defineVerifier({
  kind: 'box',
  meaning: 'a box that overlaps the true one enough (IoU)',
  params: {
    box: boxSchema,
    /** Side of a cell in pixels, if answers may name cells. */
    cell: z.number().positive().optional(),
    minIou: z.number().min(0).max(1).default(0.5),
  },
  judge(answer, { box: truth, cell, minIou }) {
    const given = parseBox(answer, cell);
    if (given === undefined) return WRONG;
    const iou = boxIou(given, truth);
    return verdictOf(iou > 0 && iou >= minIou, iou);
  },
});
