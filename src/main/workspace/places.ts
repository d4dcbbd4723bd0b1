/**
 * Where things lie: the app's own folder, the default workspace, and the names inside a workspace.
 * Environment in, absolute paths out.
 */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { LabError } from '../../shared/errors.ts';

/** Names that a workspace folder may hold; a folder with only these is one, or one being made. */
export const WORKSPACE_ENTRIES: ReadonlySet<string> = new Set([
  'backups',
  'datasets',
  'exports',
  'incoming',
  'index.sqlite',
  'index.sqlite-shm',
  'index.sqlite-wal',
  'lock.json',
  'lock.sqlite',
  'lock.sqlite-journal',
  'media',
  'models',
  'runs',
  'thumbnails',
  'trash',
  'views',
  'workspace.sqlite',
  'workspace.sqlite-shm',
  'workspace.sqlite-wal',
  // What systems put into every folder.
  '.DS_Store',
  'Thumbs.db',
  'desktop.ini',
  'lost+found',
]);

/** Folder of what belongs to the app and not to a workspace: recent workspaces, windows. */
export function configFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['RATIONALE_CONFIG'];
  if (named !== undefined && named !== '') return resolve(named);
  const xdg = env['XDG_CONFIG_HOME'];
  // The specification says that a relative one is to be ignored.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.config');
  return join(base, 'rationale');
}

/** The workspace that opens when nobody named one. */
export function defaultWorkspace(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['RATIONALE_WORKSPACE'];
  return named === undefined || named === ''
    ? join(homedir(), 'Rationale')
    : resolve(expandHome(named));
}

/** A path as a person types it: `~` is home. */
export function expandHome(path: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

/**
 * A path that came from a window; relative ones would depend on where the app was started.
 * @throws LabError `rpc/invalid-input`
 */
export function absolutePath(path: string): string {
  const expanded = expandHome(path.trim());
  if (!isAbsolute(expanded) || expanded.includes('\0')) {
    throw new LabError(
      'rpc/invalid-input',
      `[path] expected an absolute path, got '${path.slice(0, 80)}'`,
      { hint: 'Begin with / or ~/.' },
    );
  }
  return resolve(expanded);
}
