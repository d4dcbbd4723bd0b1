/**
 * Calls about the workspace itself. Everything is done by the services of the lab; `watch` tells a
 * window which rooms changed, also across a switch to another workspace.
 */
import { tracked } from '@trpc/server';
import { z } from 'zod';
import {
  backup,
  emptied,
  historyState,
  integrityReport,
  ROOMS,
  type RoomChange,
  recentWorkspace,
  repairReport,
  settings,
  settingsChange,
  trashItem,
  trashList,
  workspaceInfo,
  workspaceName,
} from '../../shared/model/workspace.ts';
import { Bell } from './bell.ts';
import { procedure, router } from './trpc.ts';

const folderPath = z.string().min(1, 'expected a folder').max(4096);

export const workspaceRouter = router({
  current: procedure.output(workspaceInfo).query(({ ctx }) => ctx.lab.workspace.info()),

  recent: procedure
    .output(z.array(recentWorkspace))
    .query(({ ctx }) => ctx.labs.recent.list(ctx.lab.path)),

  create: procedure
    .input(z.object({ path: folderPath, name: workspaceName.optional() }))
    .output(workspaceInfo)
    .mutation(async ({ ctx, input }) => {
      await ctx.labs.switchTo({ workspace: input.path, intent: 'create', name: input.name });
      return ctx.labs.current.workspace.info();
    }),

  open: procedure
    .input(z.object({ path: folderPath }))
    .output(workspaceInfo)
    .mutation(async ({ ctx, input }) => {
      await ctx.labs.switchTo({ workspace: input.path, intent: 'open' });
      return ctx.labs.current.workspace.info();
    }),

  forget: procedure
    .input(z.object({ path: folderPath }))
    .mutation(({ ctx, input }) => ctx.labs.recent.forget(input.path)),

  rename: procedure
    .input(z.object({ name: workspaceName }))
    .output(workspaceInfo)
    .mutation(async ({ ctx, input }) => {
      ctx.lab.workspace.rename(input.name);
      await ctx.labs.recent.opened(ctx.lab.path, input.name);
      ctx.lab.changes.touch('workspace');
      return ctx.lab.workspace.info();
    }),

  backups: procedure.output(z.array(backup)).query(({ ctx }) => ctx.lab.backups.list()),

  backup: procedure
    .input(z.object({ path: z.string().min(1).max(4096).optional() }).default({}))
    .output(backup)
    .mutation(async ({ ctx, input }) => {
      const made = await ctx.lab.backups.make(input.path);
      ctx.lab.changes.touch('workspace');
      return made;
    }),

  /** Of this workspace, or of another one that cannot be opened any more. Answers where the old file went. */
  restoreBackup: procedure
    .input(z.object({ backup: folderPath, workspace: folderPath.optional() }))
    .output(z.object({ replaced: z.string() }))
    .mutation(async ({ ctx, input }) => ({ replaced: await ctx.labs.restore(input) })),

  integrity: procedure
    .input(z.object({ isFull: z.boolean().default(false) }).default({ isFull: false }))
    .output(integrityReport)
    .mutation(({ ctx, input }) => ctx.lab.integrity.check(input)),

  repair: procedure.output(repairReport).mutation(async ({ ctx }) => {
    const report = await ctx.lab.integrity.repair();
    for (const room of ROOMS) ctx.lab.changes.touch(room);
    return report;
  }),

  trash: procedure.output(trashList).query(({ ctx }) => ctx.lab.trash.list()),

  restore: procedure
    .input(z.object({ id: z.string() }))
    .output(trashItem)
    .mutation(({ ctx, input }) => ctx.lab.trash.restore(input.id)),

  emptyTrash: procedure
    .input(z.object({ ids: z.array(z.string()).optional() }).default({}))
    .output(emptied)
    .mutation(({ ctx, input }) => ctx.lab.trash.empty(input.ids)),

  history: procedure
    .input(z.object({ limit: z.int().min(0).max(1000).default(50) }).default({ limit: 50 }))
    .output(historyState)
    .query(({ ctx, input }) => ctx.lab.history.state(input.limit)),

  /** The label of what was taken back; null = there was nothing. */
  undo: procedure
    .output(z.object({ label: z.string().nullable() }))
    .mutation(async ({ ctx }) => ({ label: await ctx.lab.history.undo() })),

  redo: procedure
    .output(z.object({ label: z.string().nullable() }))
    .mutation(async ({ ctx }) => ({ label: await ctx.lab.history.redo() })),

  settings: procedure.output(settings).query(({ ctx }) => ctx.lab.settings.get()),

  setSettings: procedure
    .input(settingsChange)
    .output(settings)
    .mutation(({ ctx, input }) => ctx.lab.settings.set(input)),

  /** After a reconnect only the rooms that changed in the meantime are told. */
  watch: procedure
    .input(z.object({ lastEventId: z.string().nullish() }).optional())
    .subscription(async function* ({ ctx, input, signal }) {
      const { changes } = ctx.labs;
      const bell = new Bell();
      const stop = changes.subscribe(() => bell.ring());
      try {
        let seen = changes.resume(input?.lastEventId ?? undefined);
        // A window that loses its link before the first change needs an id to come back with.
        yield tracked(changes.idOf(seen), { room: 'system', version: 0 } satisfies RoomChange);
        do {
          for (const { room, version, seq } of changes.since(seen)) {
            seen = seq;
            yield tracked(changes.idOf(seq), { room, version } satisfies RoomChange);
          }
        } while (await bell.wait(signal));
      } finally {
        stop();
      }
    }),
});
