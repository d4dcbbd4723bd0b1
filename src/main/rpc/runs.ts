/**
 * What a window can do with runs: lists, curves, health, the queue, and commands to a run that is
 * going. Comes in: requests, parsed here. Goes out: what the service answers; schemas are in
 * shared/model/app-run.ts, run-series.ts and run-queue.ts.
 */
import { tracked } from '@trpc/server';
import { z } from 'zod';
import {
  type CheckpointInfo,
  type CommandResult,
  type EvaluationResult,
  type HealthSignal,
  metricId,
  type RunColumns,
  type RunConfig,
  type RunEventRow,
  type RunSettings,
  type RunStages,
  type RunSummary,
  type RunWatch,
  runCommand,
  runId,
  runName,
  runSettings,
  runTag,
} from '../../shared/model/app-run.ts';
import {
  type DryRunReport,
  enqueueEntry,
  enqueueRequest,
  type QueueItem,
  type QueueView,
  trainPlan,
} from '../../shared/model/run-queue.ts';
import { type CatalogEntry, type Series, seriesRequest } from '../../shared/model/run-series.ts';
import { procedure, router } from './trpc.ts';

const byRun = z.object({ run: runId });
const itemId = z.string().min(1).max(64);
const path = z.string().min(1).max(4096);

export const runsRouter = router({
  list: procedure
    .input(
      z
        .object({
          /** Recipe fields to send along, by dotted path. */
          params: z.array(z.string().max(200)).max(64).default([]),
          /** Metrics whose newest values are wanted; absent = all of them. */
          metrics: z.array(metricId).max(64).optional(),
          isArchivedShown: z.boolean().default(false),
        })
        .default({ params: [], isArchivedShown: false }),
    )
    .query(({ ctx, input }): RunSummary[] => ctx.lab.runs.list(input)),
  columns: procedure.query(({ ctx }): RunColumns => ctx.lab.runs.columns()),
  get: procedure.input(byRun).query(({ ctx, input }): RunSummary => ctx.lab.runs.get(input.run)),

  /** Events after `after`, then live; in between where the run stands, at most ten times a second. */
  watch: procedure
    .input(
      byRun.extend({
        after: z.int().min(0).default(0),
        lastEventId: z.string().max(20).optional(),
      }),
    )
    .subscription(async function* ({ ctx, input, signal }) {
      const seen = Number(input.lastEventId ?? input.after);
      const after = Number.isSafeInteger(seen) && seen > 0 ? seen : 0;
      for await (const told of ctx.lab.runs.watch(input.run, after, signal)) {
        // A status carries the number of the last event before it, so a reconnect repeats none.
        yield tracked<RunWatch>(String(told.seq), told.data);
      }
    }),

  series: procedure
    .input(seriesRequest)
    .query(({ ctx, input }): Series[] => ctx.lab.runs.series(input)),
  catalog: procedure
    .input(byRun)
    .query(({ ctx, input }): CatalogEntry[] => ctx.lab.runs.catalog(input.run)),
  health: procedure
    .input(byRun)
    .query(({ ctx, input }): HealthSignal[] => ctx.lab.runs.health(input.run)),
  stages: procedure
    .input(byRun.extend({ last: z.int().min(1).max(1000).default(34) }))
    .query(({ ctx, input }): RunStages => ctx.lab.runs.stages(input.run, input.last)),
  events: procedure
    .input(
      byRun.extend({
        after: z.int().min(0).default(0),
        limit: z.int().min(1).max(10_000).default(1000),
      }),
    )
    .query(({ ctx, input }): RunEventRow[] =>
      ctx.lab.runs.events(input.run, input.after, input.limit),
    ),
  /** What the engine wrote to stdout and stderr, at most the last 200 lines of the last process. */
  log: procedure
    .input(byRun)
    .query(({ ctx, input }): { lines: string[] } => ctx.lab.runs.log(input.run)),
  checkpoints: procedure
    .input(byRun)
    .query(({ ctx, input }): CheckpointInfo[] => ctx.lab.runs.checkpoints(input.run)),
  config: procedure
    .input(byRun)
    .query(({ ctx, input }): RunConfig => ctx.lab.runs.config(input.run)),
  evaluations: procedure
    .input(z.object({ run: runId.optional() }).default({}))
    .query(({ ctx, input }): EvaluationResult[] => ctx.lab.runs.evaluations(input.run)),

  dryRun: procedure
    .input(trainPlan)
    .mutation(({ ctx, input }): Promise<DryRunReport> => ctx.lab.runs.dryRun(input)),
  cancelDryRun: procedure
    .input(z.object({ id: itemId }))
    .mutation(({ ctx, input }) => ctx.lab.runs.cancelDryRun(input.id)),
  dryRuns: procedure.query(({ ctx }): DryRunReport[] => ctx.lab.runs.dryRuns()),

  queue: procedure.query(({ ctx }): QueueView => ctx.lab.runs.queue.view()),
  enqueue: procedure
    .input(enqueueRequest)
    .mutation(({ ctx, input }): Promise<QueueItem[]> => ctx.lab.runs.queue.enqueue(input)),
  /** Puts an item before another one; null = last. */
  reorder: procedure
    .input(z.object({ id: itemId, before: itemId.nullable() }))
    .mutation(({ ctx, input }): QueueView => ctx.lab.runs.queue.reorder(input.id, input.before)),
  /** Changes of an item that waits; a new plan is frozen again. */
  updateQueued: procedure
    .input(
      z.object({
        id: itemId,
        name: runName.optional(),
        plan: enqueueEntry.shape.plan.optional(),
        startsAt: z.number().nullable().optional(),
        gate: enqueueEntry.shape.gate.unwrap().optional(),
        onError: z.enum(['stop', 'continue']).optional(),
        after: itemId.nullable().optional(),
      }),
    )
    .mutation(({ ctx, input }): Promise<QueueItem> => ctx.lab.runs.queue.update(input)),
  removeQueued: procedure
    .input(z.object({ id: itemId }))
    .mutation(({ ctx, input }): QueueView => ctx.lab.runs.queue.remove(input.id)),
  /** The item that is going, training or evaluation: stops, and training saves. */
  stopQueued: procedure
    .input(z.object({ id: itemId }))
    .mutation(({ ctx, input }): QueueView => ctx.lab.runs.queue.stop(input.id)),
  /** A blocked, failed or interrupted item waits again; a run of it that can be resumed is resumed. */
  retryQueued: procedure
    .input(z.object({ id: itemId }))
    .mutation(({ ctx, input }): QueueView => ctx.lab.runs.queue.retry(input.id)),
  startQueue: procedure.mutation(({ ctx }): QueueView => ctx.lab.runs.queue.start()),
  pauseQueue: procedure.mutation(({ ctx }): QueueView => ctx.lab.runs.queue.pause()),

  control: procedure
    .input(byRun.extend({ command: runCommand }))
    .mutation(
      ({ ctx, input }): Promise<CommandResult> => ctx.lab.runs.control(input.run, input.command),
    ),
  pause: procedure
    .input(byRun)
    .mutation(
      ({ ctx, input }): Promise<CommandResult> =>
        ctx.lab.runs.control(input.run, { kind: 'pause' }),
    ),
  /** Goes on with a run that is paused, or that was stopped, failed or interrupted. */
  resume: procedure
    .input(byRun.extend({ steps: z.int().min(1).optional() }))
    .mutation(
      ({ ctx, input }): Promise<CommandResult> => ctx.lab.runs.resume(input.run, input.steps),
    ),
  /** Ends after the step under way, with a checkpoint. */
  stop: procedure
    .input(byRun)
    .mutation(({ ctx, input }): Promise<CommandResult> => ctx.lab.runs.stop(input.run)),
  /** Ends the process at once. */
  kill: procedure
    .input(byRun)
    .mutation(({ ctx, input }): Promise<CommandResult> => ctx.lab.runs.kill(input.run)),

  rename: procedure
    .input(byRun.extend({ name: runName }))
    .mutation(
      ({ ctx, input }): RunSummary => ctx.lab.runs.annotate(input.run, { name: input.name }),
    ),
  note: procedure
    .input(byRun.extend({ note: z.string().max(100_000) }))
    .mutation(
      ({ ctx, input }): RunSummary => ctx.lab.runs.annotate(input.run, { note: input.note }),
    ),
  tag: procedure
    .input(byRun.extend({ tags: z.array(runTag).max(64) }))
    .mutation(
      ({ ctx, input }): RunSummary => ctx.lab.runs.annotate(input.run, { tags: input.tags }),
    ),
  archive: procedure
    .input(byRun.extend({ isArchived: z.boolean() }))
    .mutation(
      ({ ctx, input }): RunSummary =>
        ctx.lab.runs.annotate(input.run, { isArchived: input.isArchived }),
    ),
  /** To the trash; undo brings it back. */
  remove: procedure
    .input(byRun)
    .mutation(({ ctx, input }): Promise<void> => ctx.lab.runs.remove(input.run)),
  /** Copies a run folder that the command line made into the workspace. */
  importFolder: procedure
    .input(z.object({ path, name: runName.optional() }))
    .mutation(({ ctx, input }): Promise<RunSummary> => ctx.lab.runs.importFolder(input)),

  settings: procedure.query(({ ctx }): RunSettings => ctx.lab.runs.settings()),
  setSettings: procedure
    .input(runSettings.partial())
    .mutation(({ ctx, input }): RunSettings => ctx.lab.runs.setSettings(input)),
});
