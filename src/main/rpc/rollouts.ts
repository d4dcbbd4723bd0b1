/**
 * What a window can do with rollouts: groups of a step, one group token by token, one row through
 * training, search, bug views, the watch list, and sending a completion on. Comes in: requests, parsed
 * here. Goes out: what the service answers; schemas are in shared/model/rollout.ts.
 */
import { z } from 'zod';
import { runId } from '../../shared/model/app-run.ts';
import {
  type BugView,
  type GroupDetail,
  type GroupSummary,
  groupFilter,
  groupSort,
  promptId,
  type RolloutPage,
  type RolloutStep,
  rolloutQuery,
  type SentItem,
  sendRequest,
  sendTarget,
  type ThroughPoint,
  type TokenAlternative,
  type TokenColumns,
  type WatchedPrompt,
} from '../../shared/model/rollout.ts';
import { procedure, router } from './trpc.ts';

const byRun = z.object({ run: runId });
const step = z.int().min(0);
const byGroup = byRun.extend({ step, prompt: promptId });
const id = z.string().min(1).max(64);

export const rolloutsRouter = router({
  steps: procedure
    .input(byRun)
    .query(({ ctx, input }): RolloutStep[] => ctx.lab.rollouts.steps(input.run)),
  groups: procedure
    .input(
      byRun.extend({
        step,
        filter: groupFilter.default('all'),
        sort: groupSort.default('place'),
        isDescending: z.boolean().default(false),
      }),
    )
    .query(({ ctx, input }): GroupSummary[] => ctx.lab.rollouts.groups(input)),
  group: procedure
    .input(byGroup)
    .query(({ ctx, input }): Promise<GroupDetail> => ctx.lab.rollouts.group(input)),
  /** Every time the row of a prompt was drawn; the `#round.place` of the id does not matter. */
  through: procedure
    .input(byRun.extend({ prompt: promptId }))
    .query(({ ctx, input }): ThroughPoint[] => ctx.lab.rollouts.through(input.run, input.prompt)),
  search: procedure
    .input(
      rolloutQuery.extend({
        offset: z.int().min(0).max(1_000_000).default(0),
        limit: z.int().min(1).max(500).default(100),
        sort: z.enum(['newest', 'reward', 'confidence']).default('newest'),
      }),
    )
    .query(({ ctx, input }): RolloutPage => ctx.lab.rollouts.search(input)),

  watched: procedure
    .input(byRun)
    .query(({ ctx, input }): WatchedPrompt[] => ctx.lab.rollouts.watched(input.run)),
  watch: procedure
    .input(byRun.extend({ prompt: promptId }))
    .mutation(({ ctx, input }): WatchedPrompt[] =>
      ctx.lab.rollouts.watch(input.run, input.prompt, true),
    ),
  unwatch: procedure
    .input(byRun.extend({ prompt: promptId }))
    .mutation(({ ctx, input }): WatchedPrompt[] =>
      ctx.lab.rollouts.watch(input.run, input.prompt, false),
    ),

  /** What else the model might have said at a token, asked of a checkpoint (the newest by default). */
  alternatives: procedure
    .input(byGroup.extend({ sample: z.int().min(0), token: z.int().min(0) }))
    .query(
      ({ ctx, input, signal }): Promise<TokenAlternative[]> =>
        ctx.lab.rollouts.alternatives(input, signal),
    ),
  /** Log probabilities under the newest checkpoint and the model the run began with. */
  columns: procedure
    .input(byGroup.extend({ withReference: z.boolean().default(true) }))
    .query(
      ({ ctx, input, signal }): Promise<TokenColumns> => ctx.lab.rollouts.columns(input, signal),
    ),

  send: procedure
    .input(sendRequest)
    .mutation(({ ctx, input }): Promise<SentItem> => ctx.lab.rollouts.send(input)),
  unsend: procedure
    .input(z.object({ id }))
    .mutation(({ ctx, input }): void => ctx.lab.rollouts.unsend(input.id)),
  sent: procedure
    .input(z.object({ to: sendTarget.optional(), run: runId.optional() }).default({}))
    .query(({ ctx, input }): SentItem[] => ctx.lab.rollouts.sent(input)),

  bugViews: procedure
    .input(z.object({ run: runId.optional() }).default({}))
    .query(({ ctx, input }): (BugView & { count: number })[] =>
      ctx.lab.rollouts.bugViews(input.run),
    ),
  saveBugView: procedure
    .input(
      z.object({ id: id.optional(), name: z.string().trim().min(1).max(120), query: rolloutQuery }),
    )
    .mutation(({ ctx, input }): BugView => ctx.lab.rollouts.saveBugView(input)),
  removeBugView: procedure
    .input(z.object({ id }))
    .mutation(({ ctx, input }): void => ctx.lab.rollouts.removeBugView(input.id)),
});
