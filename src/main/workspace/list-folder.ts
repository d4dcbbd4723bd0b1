/**
 * The file picker of a window that may run on another machine: a folder comes in, its entries go out.
 * Reads names and sizes only, at most as many as asked for.
 */
import { existsSync } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import type { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { FolderEntry, FolderListing, listFolderInput } from '../../shared/model/system.ts';
import { absolutePath } from './places.ts';

/** File names that say what a folder is. */
const SIGNS = [
  ['workspace', ['workspace.sqlite']],
  ['model', ['config.json', 'adapter_config.json']],
  ['dataset', ['dataset_info.json', 'dataset_dict.json', 'metadata.jsonl', 'metadata.csv']],
  ['run', ['run.json', 'events.jsonl']],
] as const;
const STATS_AT_ONCE = 32;

/** @throws LabError `file/missing`, `rpc/invalid-input` */
export async function listFolder(
  input: z.output<typeof listFolderInput>,
  place: { readonly workspace: string },
): Promise<FolderListing> {
  const path = await folderOf(absolutePath(input.path ?? homedir()));
  const names = await namesOf(path);
  const shown = names.filter((name) => input.isHiddenShown || !name.startsWith('.'));
  const entries = await entriesOf(path, shown, input);
  const { root } = parse(path);
  return {
    path,
    parent: path === root ? null : dirname(path),
    entries: entries.slice(0, input.limit),
    total: names.length,
    isTruncated: entries.length > input.limit,
    places: [
      { title: 'Home', path: homedir() },
      { title: 'Workspace', path: place.workspace },
      { title: root, path: root },
    ],
  };
}

/** A path to a file means the folder it is in: people paste those. */
async function folderOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new LabError('file/missing', `[folder] nothing at ${path}`);
  return await realpath(info.isDirectory() ? path : dirname(path));
}

async function namesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    throw new LabError('file/missing', `[folder] ${path} cannot be read: ${String(cause)}`, {
      hint: 'Check the permissions of that folder.',
      cause,
    });
  }
}

async function entriesOf(
  path: string,
  names: readonly string[],
  input: z.output<typeof listFolderInput>,
): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
    const some = names.slice(at, at + STATS_AT_ONCE);
    entries.push(...(await Promise.all(some.map((name) => describe(join(path, name), name)))));
  }
  const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  return entries
    .filter((entry) => entry.kind === 'folder' || hasExtension(entry.name, input.extensions))
    .sort((a, b) => rank(a) - rank(b) || order.compare(a.name, b.name));
}

/** A link shows what it leads to; one that leads nowhere is `other`. */
async function describe(path: string, name: string): Promise<FolderEntry> {
  const own = await lstat(path).catch(() => undefined);
  const isLink = own?.isSymbolicLink() ?? false;
  const info = isLink ? await stat(path).catch(() => undefined) : own;
  const kind = info?.isDirectory() ? 'folder' : info?.isFile() ? 'file' : 'other';
  return {
    name,
    path,
    kind,
    bytes: kind === 'file' ? (info?.size ?? null) : null,
    modifiedAt: info === undefined ? null : info.mtime.toISOString(),
    isLink,
    looksLike: kind === 'folder' ? looksLike(path) : null,
  };
}

function looksLike(path: string): FolderEntry['looksLike'] {
  const sign = SIGNS.find(([, files]) => files.some((file) => existsSync(join(path, file))));
  return sign?.[0] ?? null;
}

function hasExtension(name: string, extensions: readonly string[]): boolean {
  if (extensions.length === 0) return true;
  const lower = name.toLowerCase();
  return extensions.some((extension) => lower.endsWith(extension.toLowerCase()));
}

function rank({ kind }: FolderEntry): number {
  return kind === 'folder' ? 0 : 1;
}
