/**
 * Values over training steps: constant, linear or cosine decay, each with a linear warm-up.
 * A step is counted from 0. During warm-up the factor is (step + 1) / warmupSteps, so that the first
 * update is never made with rate 0; afterwards, with p = (step - warmup) / (total - warmup) in [0,1],
 *   linear: 1 - p      cosine: (1 + cos(pi p)) / 2      constant: 1
 * stretched to end at `floor` instead of 0.
 */
import { z } from 'zod';

export const scheduleSlot = z.strictObject({
  kind: z
    .enum(['constant', 'linear', 'cosine'])
    .default('constant')
    .meta({
      title: 'Schedule',
      description: 'Learning rate over the run.',
      options: {
        constant: 'stays at the peak',
        linear: 'falls in a straight line',
        cosine: 'falls slowly, fast, slowly',
      },
    }),
  warmupSteps: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .meta({ description: 'Steps over which the rate rises to the peak.', unit: 'steps' }),
  floor: z.number().min(0).max(1).default(0).meta({
    description: 'Share of the peak at the end of the decay.',
    unit: 'fraction',
    isAdvanced: true,
  }),
});
export type Schedule = z.output<typeof scheduleSlot>;

/**
 * Factor on the peak value at `step`.
 * @param totalSteps steps of the whole run; the decay reaches `floor` there and stays
 */
export function scheduleFactor(schedule: Schedule, step: number, totalSteps: number): number {
  const { kind, warmupSteps, floor } = schedule;
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  switch (kind) {
    case 'constant':
      return 1;
    case 'linear':
      return floor + (1 - floor) * (1 - progress);
    case 'cosine':
      return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}
