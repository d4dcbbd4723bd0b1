/**
 * What a person may change while a job runs: the host sends a command under an id of its own, the
 * engine answers with the step where it takes effect, or with a typed error. Commands are applied at
 * step borders and recorded in the run's events.
 */
import { z } from 'zod';

export const controlCommand = z.discriminatedUnion('kind', [
  /** Waits after the step under way until `resume`. */
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('resume') }),
  /** Factor on the scheduled learning rate; 1 = as planned. */
  z.object({ kind: z.literal('lr-scale'), value: z.number().min(0).max(1000) }),
  /** Weight of the KL term; only runs that have one. */
  z.object({ kind: z.literal('kl-weight'), value: z.number().min(0).max(1000) }),
  /** Last step of the run, instead of the planned one. */
  z.object({ kind: z.literal('stop-step'), value: z.int().min(1).max(1_000_000_000) }),
  z.object({ kind: z.literal('checkpoint-now') }),
  z.object({ kind: z.literal('evaluate-now') }),
  /** Ends after the step under way with a checkpoint; the run can be resumed. */
  z.object({ kind: z.literal('stop-and-save') }),
]);
export type ControlCommand = z.infer<typeof controlCommand>;

/** The numbers a person can change; `what` of a `changed` event. */
export const changeable = ['lr-scale', 'kl-weight', 'stop-step'] as const;
export type Changeable = (typeof changeable)[number];

/** Data of a run's `changed` event: from `step` on, `what` is `to`. */
export const changedData = z.object({
  what: z.enum(changeable),
  from: z.number(),
  to: z.number(),
  /** First step it applies to (for `stop-step`: the step that was about to begin). */
  step: z.int().min(1),
});
export type ChangedData = z.infer<typeof changedData>;
