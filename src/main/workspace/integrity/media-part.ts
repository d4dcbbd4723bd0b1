/**
 * Is the content of media/ what its names promise? Compares the table with the files, hashes a sample
 * (or everything), and finds files the table does not know. Repair: unknown files are registered again,
 * damaged ones are set aside, rows whose file is gone are written down and taken out.
 */
import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Finding } from '../../../shared/model/workspace.ts';
import type { Database } from '../../storage/database.ts';
import { mediaRows } from '../../storage/media-rows.ts';
import { hashFile, mediaPath, storeMediaFile } from '../store-media.ts';
import { found, type IntegrityPart } from './part.ts';

const PART = 'media';
/** Files whose content is read when not everything is. */
const SAMPLE = 64;
const NAMED = /^([0-9a-f]{64})\.[a-z0-9]{2,4}$/;
/** A store may be writing one of these right now. */
const LEFT_OVER_AFTER_MS = 3600 * 1000;

type Verdict = 'no media' | 'missing' | 'wrong size' | 'wrong content';

export function mediaPart(options: {
  readonly db: Database;
  readonly workspace: string;
}): IntegrityPart {
  const { workspace } = options;
  const rows = mediaRows(options.db);
  return {
    id: PART,
    async check(isFull) {
      const refs = rows.all();
      const hashed = new Set(isFull ? refs : sampleOf(refs));
      const findings: Finding[] = [];
      for (const ref of refs) {
        const verdict = await verdictOf(workspace, ref, hashed.has(ref));
        if (verdict !== undefined) findings.push(findingOf(workspace, ref, verdict));
      }
      const { orphans, leftOver } = await strangers(workspace, (sha256) => rows.has(sha256));
      findings.push(...orphans.map(orphanFinding), ...leftOver.map(leftOverFinding));
      return { findings, counted: { 'media files': refs.length, 'hashed files': hashed.size } };
    },
    async repair(keep) {
      const done: string[] = [];
      const bad: MediaRef[] = [];
      for (const ref of rows.all()) {
        const verdict = await verdictOf(workspace, ref, true);
        if (verdict === undefined) continue;
        bad.push(ref);
        const path = pathOf(workspace, ref);
        if (verdict !== 'missing' && path !== undefined) {
          await rename(path, `${path}.damaged`);
          done.push(`${basename(path)} had the ${verdict} and was set aside as .damaged.`);
        }
      }
      const removed = bad.map((row) => ({ table: 'media', row: { ...row } }));
      await keep(removed);
      for (const { sha256 } of bad) rows.remove(sha256);
      if (bad.length > 0) done.push(`${bad.length} media without sound content were taken out.`);
      const { orphans, leftOver } = await strangers(workspace, (sha256) => rows.has(sha256));
      const adopted = await adopt(workspace, orphans);
      rows.add(adopted);
      if (adopted.length > 0) done.push(`${adopted.length} media files were registered again.`);
      for (const path of leftOver) await rm(path, { force: true });
      if (leftOver.length > 0) done.push(`${leftOver.length} unfinished files were removed.`);
      return { done, removed };
    },
  };
}

/** Spread over the whole table, from a different start each time. */
function sampleOf(refs: readonly MediaRef[]): MediaRef[] {
  const stride = Math.max(1, Math.floor(refs.length / SAMPLE));
  const start = Math.floor(Math.random() * stride);
  return refs.filter((_, index) => index % stride === start).slice(0, SAMPLE);
}

async function verdictOf(
  workspace: string,
  ref: MediaRef,
  isHashed: boolean,
): Promise<Verdict | undefined> {
  const path = pathOf(workspace, ref);
  if (path === undefined) return 'no media';
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return 'missing';
  if (info.size !== ref.bytes) return 'wrong size';
  return isHashed && (await hashFile(path)) !== ref.sha256 ? 'wrong content' : undefined;
}

/** A row whose hash is a path, say, has no file: nothing is looked up for it. */
function pathOf(workspace: string, ref: MediaRef): string | undefined {
  try {
    return mediaPath(workspace, ref);
  } catch {
    return undefined;
  }
}

/** Files that no row speaks of: content with a good name, and temporary files of a store that was killed. */
async function strangers(
  workspace: string,
  isKnown: (sha256: string) => boolean,
): Promise<{ orphans: string[]; leftOver: string[] }> {
  const folder = join(workspace, 'media');
  const orphans: string[] = [];
  const leftOver: string[] = [];
  if (!existsSync(folder)) return { orphans, leftOver };
  const files = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const file of files) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const sha256 = NAMED.exec(file.name)?.[1];
    if (sha256 !== undefined && !isKnown(sha256)) orphans.push(path);
    if (/^\..*\.tmp$/.test(file.name) && (await isOld(path))) leftOver.push(path);
  }
  return { orphans, leftOver };
}

async function isOld(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > LEFT_OVER_AFTER_MS;
}

/** A file becomes known again only if its content has the hash of its name. */
async function adopt(workspace: string, paths: readonly string[]): Promise<MediaRef[]> {
  const adopted: MediaRef[] = [];
  for (const path of paths) {
    if (!basename(path).startsWith(await hashFile(path))) continue;
    const ref = await storeMediaFile(workspace, path).catch(() => undefined);
    if (ref !== undefined) adopted.push(ref);
  }
  return adopted;
}

function findingOf(workspace: string, ref: MediaRef, verdict: Verdict): Finding {
  const path = pathOf(workspace, ref);
  const aside =
    verdict === 'missing' || path === undefined ? '' : 'The file is set aside as .damaged; ';
  const repair = `${aside}its row is written to a file in backups and taken out. Import the source again to mend it.`;
  return path === undefined
    ? found(PART, 'bad', `a row names no media: ${ref.sha256.slice(0, 64)}`, { repair })
    : found(PART, 'bad', `${basename(path)}: ${verdict}`, { path, repair });
}

function orphanFinding(path: string): Finding {
  return found(PART, 'note', `${basename(path)} is not in the table of media`, {
    path,
    repair: 'It is registered again if its content has the hash of its name.',
  });
}

function leftOverFinding(path: string): Finding {
  return found(PART, 'note', `${basename(path)} was never finished`, {
    path,
    repair: 'It is removed.',
  });
}
