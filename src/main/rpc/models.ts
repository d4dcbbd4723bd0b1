/**
 * Models over the wire: the family tree, import with its check, retention, export, and the chat that
 * probes a model token by token. Every answer has its schema in shared/model/model.ts.
 */
import { tracked } from '@trpc/server';
import { z } from 'zod';
import {
  chatRequest,
  type ModelCheck,
  type ModelComparison,
  type ModelExport,
  type ModelNode,
  modelId,
  type RetentionPolicy,
  type RetentionPreview,
  retentionPolicy,
} from '../../shared/model/model.ts';
import { procedure, router } from './trpc.ts';

const path = z.string().min(1).max(4096);
const byId = z.object({ id: modelId });
/** A run's own policy, or without a run the workspace's. */
const policyScope = z.object({ run: z.string().max(200).optional() });

export const modelsRouter = router({
  list: procedure.input(z.void()).query(({ ctx }): ModelNode[] => ctx.lab.models.list()),

  get: procedure.input(byId).query(({ ctx, input }): ModelNode => ctx.lab.models.get(input.id)),

  /** Where the recipes of two models differ. */
  compare: procedure
    .input(z.object({ a: modelId, b: modelId }))
    .query(({ ctx, input }): ModelComparison => ctx.lab.models.compare(input.a, input.b)),

  /** Looks at a folder without importing it. */
  check: procedure
    .input(z.object({ path }))
    .query(
      ({ ctx, input, signal }): Promise<ModelCheck> => ctx.lab.models.check(input.path, signal),
    ),

  /** Remembers a folder, or copies it into the workspace. */
  import: procedure
    .input(
      z.object({
        path,
        name: z.string().trim().min(1).max(200).optional(),
        isCopied: z.boolean().default(false),
      }),
    )
    .mutation(({ ctx, input }): Promise<ModelNode> => ctx.lab.models.import(input)),

  /** Name, note and pin of any model. */
  annotate: procedure
    .input(
      byId.extend({
        name: z.string().trim().min(1).max(200).nullable().optional(),
        note: z.string().max(100_000).optional(),
        isPinned: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input }): ModelNode => ctx.lab.models.annotate(input)),

  /** To the trash; a folder that the app did not write is forgotten, never deleted. */
  remove: procedure.input(byId).mutation(({ ctx, input }) => ctx.lab.models.remove(input.id)),

  retention: procedure
    .input(policyScope)
    .query(({ ctx, input }): RetentionPolicy => ctx.lab.models.retention.get(input.run)),

  retentionPreview: procedure
    .input(policyScope.extend({ policy: retentionPolicy.optional() }))
    .query(
      ({ ctx, input }): RetentionPreview =>
        ctx.lab.models.retention.preview(input.run, input.policy),
    ),

  setRetention: procedure
    .input(policyScope.extend({ policy: retentionPolicy }))
    .mutation(
      ({ ctx, input }): RetentionPolicy => ctx.lab.models.retention.set(input.run, input.policy),
    ),

  /** Moves what the policy drops to the trash: one undo brings all of it back. */
  applyRetention: procedure
    .input(policyScope)
    .mutation(
      ({ ctx, input }): Promise<{ removed: number; freedBytes: number }> =>
        ctx.lab.models.retention.apply(input.run),
    ),

  /** Starts an export; `exports` tells how far it is. */
  export: procedure
    .input(z.object({ model: modelId, format: z.enum(['full', 'merged', 'adapter']), path }))
    .mutation(({ ctx, input }): ModelExport => ctx.lab.models.exports.start(input)),

  exports: procedure
    .input(z.void())
    .query(({ ctx }): ModelExport[] => ctx.lab.models.exports.list()),

  cancelExport: procedure
    .input(z.object({ id: z.string().max(100) }))
    .mutation(({ ctx, input }) => ctx.lab.models.exports.cancel(input.id)),

  /** One answer at a time. A reconnect with the same `turn` goes on after the last event it saw. */
  chat: procedure
    .input(chatRequest.extend({ lastEventId: z.string().max(20).optional() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const { lastEventId, ...request } = input;
      const after = Number(lastEventId ?? 0);
      for await (const { seq, event } of ctx.lab.models.chat.stream(request, after, signal)) {
        yield tracked(String(seq), event);
      }
    }),

  stopChat: procedure.input(z.void()).mutation(({ ctx }) => ctx.lab.models.chat.stop()),
});
