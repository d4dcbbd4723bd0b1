/**
 * The machine and the process as the window sees them: what this installation can do, how busy it is,
 * what the folders hold that a person may choose from.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { room } from './workspace.ts';

export const systemInfo = z.object({
  version: z.string(),
  node: z.string(),
  /** 'linux 6.8 x64' */
  system: z.string(),
  host: z.enum(['electron', 'browser', 'test']),
  hostname: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  /** Where recent workspaces and the state of windows are kept. */
  configFolder: z.string(),
  startedAt: z.string(),
  /** Whether `system.makeLink` can open this workspace in another browser. */
  canMakeLink: z.boolean(),
});
export type SystemInfo = z.infer<typeof systemInfo>;

export const doctorProblem = z.object({ part: z.string(), reason: z.string(), fix: z.string() });

export const doctorReport = z.object({
  ok: z.boolean(),
  problems: z.array(doctorProblem),
  /** As `rationale doctor` prints it. */
  text: z.string(),
  /** As `rationale doctor --json` prints it. */
  row: jsonObject,
  checkedAt: z.string(),
});
export type DoctorReport = z.infer<typeof doctorReport>;

export const engineStatus = z.object({
  state: z.enum(['idle', 'starting', 'busy', 'failed']),
  /** What it is doing, in words: 'training', 'chat'. */
  job: z.string().nullable(),
  /** Memory of the engine processes together. */
  rssBytes: z.int().nullable(),
});
export type EngineStatus = z.infer<typeof engineStatus>;

export const deviceStatus = z.object({
  kind: z.enum(['cpu', 'cuda']),
  name: z.string(),
  usedBytes: z.int().nullable(),
  totalBytes: z.int().nullable(),
});
export type DeviceStatus = z.infer<typeof deviceStatus>;

export const queueStatus = z.object({
  waiting: z.int(),
  running: z
    .object({
      id: z.string(),
      name: z.string(),
      step: z.int(),
      steps: z.int().nullable(),
      etaSeconds: z.number().nullable(),
    })
    .nullable(),
  isPaused: z.boolean(),
});
export type QueueStatus = z.infer<typeof queueStatus>;

/** Something a person should look at; `href` is a route of the window. */
export const alarm = z.object({
  room,
  severity: z.enum(['warn', 'bad']),
  title: z.string(),
  href: z.string().nullable(),
});
export type Alarm = z.infer<typeof alarm>;

export const systemStatus = z.object({
  engine: engineStatus,
  device: deviceStatus.nullable(),
  /** 0..1 by core, over the time since the last status. */
  load: z.array(z.number()),
  memory: z.object({ rssBytes: z.int(), freeBytes: z.int(), totalBytes: z.int() }),
  /** Of the drive that holds the workspace; null where the system does not say. */
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() }).nullable(),
  queue: queueStatus,
  alarms: z.array(alarm),
  savedAt: z.string().nullable(),
  at: z.string(),
});
export type SystemStatus = z.infer<typeof systemStatus>;

/** Something that happened, told once: a run ended, an export is ready. */
export const notice = z.object({
  seq: z.int(),
  at: z.string(),
  room,
  level: z.enum(['info', 'good', 'bad']),
  title: z.string(),
  text: z.string(),
  /** Route of the window that shows it. */
  href: z.string().nullable(),
});
export type Notice = z.infer<typeof notice>;

export const folderEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file', 'other']),
  /** Of a file; null for folders. */
  bytes: z.int().nullable(),
  modifiedAt: z.string().nullable(),
  isLink: z.boolean(),
  /** What a folder looks like from its file names. */
  looksLike: z.enum(['workspace', 'model', 'dataset', 'run']).nullable(),
});
export type FolderEntry = z.infer<typeof folderEntry>;

export const folderListing = z.object({
  path: z.string(),
  parent: z.string().nullable(),
  /** Folders first, then by name. */
  entries: z.array(folderEntry),
  /** How many there are before the limit and the filters. */
  total: z.int(),
  isTruncated: z.boolean(),
  /** Where to start from: home, the workspace, the root. */
  places: z.array(z.object({ title: z.string(), path: z.string() })),
});
export type FolderListing = z.infer<typeof folderListing>;

export const listFolderInput = z.object({
  /** Absolute, or starting with ~; null = home. */
  path: z.string().max(4096).nullable().default(null),
  isHiddenShown: z.boolean().default(false),
  /** Only files that end so ('.jsonl'), and all folders; empty = all files. */
  extensions: z.array(z.string().max(20)).max(40).default([]),
  limit: z.int().min(1).max(10_000).default(2000),
});
