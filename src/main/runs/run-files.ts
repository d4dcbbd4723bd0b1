/**
 * Run folders as main reads them: which there are, what run.json says, checkpoints, sizes. Only the
 * engine writes them; what is no run, or not yet one, is passed over.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { CheckpointInfo } from '../../shared/model/app-run.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import { type RunRecord, runRecord } from '../../shared/run.ts';

export interface StepFile {
  readonly step: number;
  readonly path: string;
}

const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Names of the run folders below `base`. */
export function runNames(base: string): string[] {
  if (!existsSync(base)) return [];
  return readdirSync(base, { withFileTypes: true })
    .filter(
      // A hidden one is being copied in; a link may lead anywhere.
      (entry) =>
        RUN_NAME.test(entry.name) &&
        entry.isDirectory() &&
        existsSync(join(base, entry.name, 'run.json')),
    )
    .map(({ name }) => name)
    .sort();
}

/** @throws LabError `run/missing`, `file/corrupt` */
export function readRecord(folder: string): RunRecord {
  const file = join(folder, 'run.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LabError('run/missing', `[run] expected a run in ${folder}, found no run.json`, {
      hint: 'Choose the folder that holds run.json, events.jsonl and checkpoints.',
      cause,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LabError('file/corrupt', `[run] ${file} is no JSON`, { cause });
  }
  return parseOrThrow(runRecord, json, { code: 'file/corrupt', what: file });
}

/** `step-000012` */
export function stepName(step: number): string {
  return `step-${String(step).padStart(6, '0')}`;
}

/** Entries `step-N` + `suffix` of a folder, oldest first. */
export function listSteps(folder: string, suffix: string): StepFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const match = /^step-(\d{1,9})(\D.*|)$/.exec(name);
      return match?.[2] === suffix ? [{ step: Number(match[1]), path: join(folder, name) }] : [];
    })
    .sort((a, b) => a.step - b.step);
}

export function listCheckpoints(folder: string): CheckpointInfo[] {
  return listSteps(join(folder, 'checkpoints'), '').map(({ step, path }) => ({
    step,
    path,
    bytes: folderBytes(path),
    at: statSync(path).mtimeMs,
    isAdapter: existsSync(join(path, 'model', 'adapter_config.json')),
  }));
}

/** Newest checkpoint, without measuring it. */
export function lastCheckpoint(folder: string): StepFile | undefined {
  return listSteps(join(folder, 'checkpoints'), '').at(-1);
}

/** Bytes of the files of a folder, links not followed. */
export function folderBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
