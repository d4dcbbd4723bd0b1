/**
 * A run that the command line made somewhere else becomes one of the workspace: its folder is copied
 * beside the others under a hidden name and appears whole or not at all.
 */
import { existsSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { readRecord } from './run-files.ts';
import { lockHolder } from './run-lock.ts';

/** @returns the id of the run; @throws LabError `run/missing`, `run/exists`, `run/locked`, `file/unsafe` */
export async function copyRunFolder(from: string, runs: string): Promise<string> {
  const source = resolve(from);
  const record = readRecord(source);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(record.id)) {
    throw new LabError('file/unsafe', `[run] ${JSON.stringify(record.id)} is no name of a run`);
  }
  const target = join(runs, record.id);
  if (existsSync(target)) {
    throw new LabError('run/exists', `[run] ${record.id} is in this workspace already`, {
      hint: 'Open it there, or remove it first.',
    });
  }
  if (lockHolder(source) !== undefined) {
    throw new LabError('run/locked', `[run] ${basename(source)} is being written now`);
  }
  refuseLinks(source);
  const draft = join(runs, `.importing-${record.id}`);
  rmSync(draft, { recursive: true, force: true });
  try {
    await cp(source, draft, {
      recursive: true,
      errorOnExist: true,
      filter: (path) => !/^lock(\.|$)/.test(basename(path)),
    });
    renameSync(draft, target);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('file/write-failed', `[run] could not be copied: ${reason}`, { cause });
  }
  return record.id;
}

/** A link in the folder could name any file of this machine. */
function refuseLinks(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!lstatSync(join(folder, name)).isSymbolicLink()) continue;
    throw new LabError('file/unsafe', `[run] ${name} is a link, expected files of the run`, {
      hint: 'Replace it by the file it points at.',
    });
  }
}
