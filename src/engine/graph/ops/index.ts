/**
 * Roll-call of ops: the closed table. Every method of the language has exactly one row; a missing
 * or misnamed row does not compile.
 */
import { LabError } from '../../../shared/errors.ts';
import type { Value } from '../value.ts';
import { attention } from './attention.ts';
import { elementwise } from './elementwise.ts';
import { gather } from './gather.ts';
import { head } from './head.ts';
import { matmul } from './matmul.ts';
import { movement } from './movement.ts';
import { normalise } from './normalise.ts';
import type { OpRow, Scope } from './op.ts';
import { optimizer } from './optimizer.ts';
import { parts } from './parts.ts';
import { reduce } from './reduce.ts';
import type { OpName, Ops } from './signatures.ts';

type Rows = {
  [Name in OpName]: {
    call(
      g: Scope,
      ...args: Parameters<Ops[Name]>
    ): { readonly inputs: readonly (Value | undefined)[] };
  };
};

export const ops = {
  ...elementwise,
  ...matmul,
  ...movement,
  ...parts,
  ...reduce,
  ...gather,
  ...normalise,
  ...attention,
  ...head,
  ...optimizer,
} satisfies Rows;

export const opNames = Object.keys(ops) as OpName[]; // as: keys of an object literal

/** @throws LabError `graph/invalid` for a name that is not in the table */
export function rowOf(name: string): OpRow {
  const row = (ops as unknown as Record<string, OpRow>)[name]; // as: every row is an OpRow seen from a walker
  if (row === undefined || !Object.hasOwn(ops, name)) {
    throw new LabError('graph/invalid', `no op called '${name}'`, {
      hint: 'see graph/ops/index.ts',
    });
  }
  return row;
}
