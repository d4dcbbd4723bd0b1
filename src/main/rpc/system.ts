/** Calls about the machine and the process: what it can do, how busy it is, which folders it has. */
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import {
  doctorReport,
  folderListing,
  listFolderInput,
  type Notice,
  systemInfo,
  systemStatus,
} from '../../shared/model/system.ts';
import type { Lab } from '../lab.ts';
import { listFolder } from '../workspace/list-folder.ts';
import { infoOf } from '../workspace/system-info.ts';
import { Bell } from './bell.ts';
import { procedure, router } from './trpc.ts';

/** How often a window is told how busy the machine is. */
const STATUS_EVERY_MS = 1000;

export const systemRouter = router({
  info: procedure
    .output(systemInfo)
    .query(({ ctx }) => infoOf({ host: ctx.host, canMakeLink: ctx.makeLink !== undefined })),

  doctor: procedure
    .input(z.object({ isFresh: z.boolean().default(false) }).default({ isFresh: false }))
    .output(doctorReport)
    .query(({ ctx, input }) => ctx.lab.doctor.report(input)),

  status: procedure.output(systemStatus).query(({ ctx }) => ctx.lab.status.read()),

  /** The present status at once, then every second and whenever a room says that it changed. */
  watch: procedure.subscription(async function* ({ ctx, signal }) {
    const bell = new Bell();
    const stop = ctx.labs.changes.subscribe((room) => {
      if (room === 'system') bell.ring();
    });
    let asked: Lab | undefined;
    try {
      do {
        const lab = ctx.labs.current;
        yield await lab.status.read();
        // The device is known once the engine has told; asking also warms the engine up. Once: an
        // engine that cannot start is told by whoever needs it.
        if (asked !== lab) lab.doctor.report().catch(() => undefined);
        asked = lab;
      } while (await bell.wait(signal, STATUS_EVERY_MS));
    } finally {
      stop();
    }
  }),

  listFolder: procedure
    .input(listFolderInput)
    .output(folderListing)
    .query(({ ctx, input }) => listFolder(input, { workspace: ctx.lab.path })),

  /** Notices from now on; after a reconnect also those of the meantime. */
  notices: procedure
    .input(z.object({ lastEventId: z.string().nullish() }).optional())
    .subscription(async function* ({ ctx, input, signal }) {
      const { notices } = ctx.labs;
      const bell = new Bell();
      const stop = notices.subscribe(() => bell.ring());
      try {
        let seen = notices.resume(input?.lastEventId ?? undefined);
        do {
          for (const notice of notices.since(seen)) {
            seen = notice.seq;
            yield tracked(notices.idOf(notice.seq), notice satisfies Notice);
          }
        } while (await bell.wait(signal));
      } finally {
        stop();
      }
    }),

  makeLink: procedure.output(z.object({ url: z.string() })).mutation(({ ctx }) => {
    if (ctx.makeLink === undefined) {
      throw new LabError('rpc/invalid-input', '[link] this window is not served to browsers', {
        hint: 'rationale serve opens the workspace to a browser on this machine.',
      });
    }
    return { url: ctx.makeLink() };
  }),
});
