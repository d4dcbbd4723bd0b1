/**
 * The answer is an interval (`2 to 5`, `2-5`, `3`) whose IoU with the true one reaches the threshold.
 * Frames are counted inclusively: 2 to 5 is four frames, so a single frame has length 1.
 */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { listNumbers } from './text.ts';

export const interval = defineVerifier({
  kind: 'interval',
  meaning: 'a stretch of frames or time that overlaps the true one enough (IoU)',
  params: {
    start: z.number(),
    end: z.number(),
    minIou: z.number().min(0).max(1).default(0.5),
    /** Length of one unit that `end` includes: 1 for frames, 0 for times in seconds. */
    unit: z.number().nonnegative().default(1),
  },
  judge(answer, { start, end, minIou, unit }) {
    const numbers = listNumbers(answer);
    const from = numbers[0];
    const to = numbers[1] ?? from;
    if (from === undefined || to === undefined || numbers.length > 2 || to < from) return WRONG;
    const overlap = Math.max(0, Math.min(to, end) - Math.max(from, start) + unit);
    const union = to - from + unit + (end - start + unit) - overlap;
    const iou = union > 0 ? overlap / union : Number(from === start && to === end);
    return verdictOf(iou > 0 && iou >= minIou, iou);
  },
});
