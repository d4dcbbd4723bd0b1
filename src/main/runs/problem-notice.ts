/** What a person is told when a run folder or the index cannot be read. */
import { join } from 'node:path';
import type { LabError } from '../../shared/errors.ts';
import type { Notice } from '../../shared/model/system.ts';
import { doubtIndex } from '../storage/index-database.ts';

/** A damaged index is also marked, so that the next start makes it again. */
export function problemNotice(problem: LabError, workspace: string): Omit<Notice, 'seq' | 'at'> {
  const isDamaged = /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(problem));
  if (isDamaged) doubtIndex(join(workspace, 'index.sqlite'));
  return {
    room: 'runs',
    level: 'bad',
    title: isDamaged ? 'The index of runs is damaged' : 'A run folder cannot be read',
    text: isDamaged
      ? 'It is made again from the run folders at the next start. No run is lost.'
      : problem.message,
    href: null,
  };
}

function sqliteCode({ cause }: LabError): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
