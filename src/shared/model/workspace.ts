/**
 * The workspace as the window sees it: which one is open, its settings, trash, undo history, backups
 * and the report of an integrity check.
 */
import { z } from 'zod';

/** The rooms whose changes a window can watch; each is a router of that name. */
export const ROOMS = [
  'workspace',
  'system',
  'datasets',
  'recipes',
  'runs',
  'rollouts',
  'models',
] as const;
export const room = z.enum(ROOMS);
export type Room = z.infer<typeof room>;

/** Something in a room is no longer what it was: ask again. */
export const roomChange = z.object({ room, version: z.int() });
export type RoomChange = z.infer<typeof roomChange>;

export const workspaceName = z.string().trim().min(1, 'expected a name').max(120);

export const workspaceInfo = z.object({
  id: z.string(),
  name: z.string(),
  path: z.string(),
  createdAt: z.string(),
  /** Bytes of workspace.sqlite. */
  bytes: z.int(),
  /** Version of its schema. */
  schema: z.int(),
  /** When a person's change last reached the disk. */
  savedAt: z.string().nullable(),
});
export type WorkspaceInfo = z.infer<typeof workspaceInfo>;

export const recentWorkspace = z.object({
  path: z.string(),
  name: z.string(),
  openedAt: z.string(),
  /** The folder is not there now: a drive that is not connected, or moved. */
  isMissing: z.boolean(),
  isOpen: z.boolean(),
});
export type RecentWorkspace = z.infer<typeof recentWorkspace>;

/** What the person chose; a field that is absent in the database has the default below. */
export const settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  contrast: z.enum(['system', 'normal', 'high']).default('system'),
  motion: z.enum(['system', 'full', 'reduced']).default('system'),
  /** Chord by command id, as in 'Mod+Shift+K'; null = no key. */
  keys: z.record(z.string().max(120), z.string().max(60).nullable()).default({}),
  /** Asked by POST with JSON when a run ends or fails; null = never. */
  webhookUrl: z
    .url({ protocol: /^https?$/, error: 'expected an http or https address' })
    .max(2000)
    .nullable()
    .default(null),
  /** Desktop notices when a run ends or fails. */
  notices: z.boolean().default(true),
  closeToTray: z.boolean().default(true),
  /** How many dated backups are kept; the oldest goes first. */
  keepBackups: z.int().min(1).max(100).default(5),
  /** Threads of the engine on the CPU; null = the engine decides. */
  threads: z.int().min(1).max(512).nullable().default(null),
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
});
export type Settings = z.infer<typeof settings>;

/** Defaults of {@link settings} do not apply to a change: what is absent stays as it is. */
export const settingsChange = z.strictObject({
  theme: settings.shape.theme.unwrap().optional(),
  contrast: settings.shape.contrast.unwrap().optional(),
  motion: settings.shape.motion.unwrap().optional(),
  keys: settings.shape.keys.unwrap().optional(),
  webhookUrl: settings.shape.webhookUrl.unwrap().optional(),
  notices: settings.shape.notices.unwrap().optional(),
  closeToTray: settings.shape.closeToTray.unwrap().optional(),
  keepBackups: settings.shape.keepBackups.unwrap().optional(),
  threads: settings.shape.threads.unwrap().optional(),
  device: settings.shape.device.unwrap().optional(),
});
export type SettingsChange = z.infer<typeof settingsChange>;

export const trashItem = z.object({
  id: z.string(),
  /** What it was: 'dataset', 'run', 'model'. */
  kind: z.string(),
  title: z.string(),
  /** Freed when the trash is emptied. */
  bytes: z.int(),
  deletedAt: z.string(),
});
export type TrashItem = z.infer<typeof trashItem>;

export const trashList = z.object({ items: z.array(trashItem), bytes: z.int() });
export type TrashList = z.infer<typeof trashList>;

export const emptied = z.object({ items: z.int(), bytes: z.int() });
export type Emptied = z.infer<typeof emptied>;

export const historyState = z.object({
  /** What the next undo takes back, in words; null = nothing. */
  undo: z.string().nullable(),
  redo: z.string().nullable(),
  entries: z.array(
    z.object({ id: z.int(), label: z.string(), isUndone: z.boolean(), createdAt: z.string() }),
  ),
});
export type HistoryState = z.infer<typeof historyState>;

export const backup = z.object({ path: z.string(), bytes: z.int(), createdAt: z.string() });
export type Backup = z.infer<typeof backup>;

/** One thing the integrity check found. */
export const finding = z.object({
  /** Which check: 'database', 'media', 'migrations', or one of a room. */
  part: z.string(),
  severity: z.enum(['note', 'warn', 'bad']),
  /** What is wrong, with numbers. */
  what: z.string(),
  path: z.string().nullable(),
  /** What a repair does about it; null = only a person can. */
  repair: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const integrityReport = z.object({
  isSound: z.boolean(),
  findings: z.array(finding),
  /** What was looked at: 'media files' 120, 'hashed files' 64, ... */
  counted: z.array(z.object({ what: z.string(), count: z.int() })),
  isFull: z.boolean(),
  ms: z.number(),
  checkedAt: z.string(),
});
export type IntegrityReport = z.infer<typeof integrityReport>;

export const repairReport = z.object({
  /** What was done, one sentence each. */
  done: z.array(z.string()),
  /** What is left for a person. */
  left: z.array(finding),
  /** Where rows that were taken out of the database were written to; null = none were. */
  rowsFile: z.string().nullable(),
});
export type RepairReport = z.infer<typeof repairReport>;
