/**
 * The one tRPC instance of the app. Comes in: a request with the lab it is for. Goes out: procedures
 * whose errors keep the wire form of {@link LabError} in `data.lab`, so that the window can show what
 * was expected, what arrived and what to do.
 */
import { initTRPC, type TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { ErrorCode, WireError } from '../../shared/errors.ts';
import { LabError } from '../../shared/errors.ts';
import type { LabHolder } from '../lab.ts';

/** A form shows its fields' own messages; this is for the line above it. */
const MOST_ISSUES = 5;

/** What a procedure knows about its caller. */
export interface RpcContext {
  readonly labs: LabHolder;
  /** Which host carries the call. */
  readonly host: 'electron' | 'browser' | 'test';
  /** Opens a new one-time link, where the host has such a thing. */
  readonly makeLink?: () => string;
}

const instance = initTRPC.context<RpcContext>().create({
  errorFormatter({ shape, error }) {
    return { ...shape, data: { ...shape.data, stack: undefined, lab: wireOf(error) } };
  },
});

/** A router of one room. */
export const router = instance.router;
export const createCallerFactory = instance.createCallerFactory;

/** Every procedure of the app: what it throws reaches the window as a LabError. */
export const procedure = instance.procedure.use(({ ctx, next }) =>
  next({ ctx: { ...ctx, lab: ctx.labs.current } }),
);

/** Input that does not fit its schema is `rpc/invalid-input`; the rest keeps its own code. */
function wireOf(error: TRPCError): WireError {
  const { cause } = error;
  const lab = cause instanceof LabError ? cause : wrapped(error);
  // A stack names paths of this machine and helps nobody in a window.
  const { stack: _, ...wire } = lab.toWire();
  return wire;
}

function wrapped(error: TRPCError): LabError {
  const { cause } = error;
  if (!(cause instanceof z.core.$ZodError)) {
    return new LabError(codeOf(error), error.message, { cause });
  }
  const issues = cause.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  const lines = issues.slice(0, MOST_ISSUES).map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`;
  });
  return new LabError(codeOf(error), lines.join('; '), { details: { issues } });
}

function codeOf(error: TRPCError): ErrorCode {
  return error.code === 'INTERNAL_SERVER_ERROR' ? 'internal' : 'rpc/invalid-input';
}
