/**
 * What a group was asked, with its pictures in the media store. Comes in: a group of the index and the
 * run it belongs to. Goes out: question, target, pictures by content hash; pictures of the starter
 * world are drawn again from the id of the sample.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { jsonObject } from '../../shared/json.ts';
import type { MediaRef } from '../../shared/model/media.ts';
import type { RolloutPrompt } from '../../shared/model/rollout.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import type { IndexedRun } from '../runs/index/run-store.ts';
import { scalarAt } from '../runs/summaries.ts';
import type { MediaStore } from '../workspace/media-store.ts';
import type { GroupRow } from './queries.ts';

const worldRow = z.looseObject({
  id: z.string(),
  task: z.string(),
  verifier: jsonObject.nullish(),
  images: z.array(z.string()),
});

interface Shown {
  readonly images: MediaRef[];
  readonly verifier: Record<string, unknown> | null;
}

/** Prompts kept with their pictures' hashes; the pictures themselves are files. */
const KEPT = 2000;
/** A list that could not be given its pictures is not tried again at once. */
const REST_MS = 60_000;
/** Samples of the starter world drawn in one go, for a list of groups. */
const MOST_AT_ONCE = 64;

export class PromptMedia {
  readonly #media: MediaStore;
  readonly #engine: JobRunner;
  readonly #shown = new Map<string, Shown>();
  #drawing: Promise<void> = Promise.resolve();
  #restUntil = 0;

  constructor(options: { readonly media: MediaStore; readonly engine: JobRunner }) {
    this.#media = options.media;
    this.#engine = options.engine;
  }

  async prompt(run: IndexedRun, group: GroupRow, signal?: AbortSignal): Promise<RolloutPrompt> {
    const key = keyOf(run, group);
    // Media that nothing else used may have been freed with a dataset.
    const isGone = this.#shown.get(key)?.images.some(({ sha256 }) => !this.#media.has(sha256));
    if (isGone) this.#shown.delete(key);
    if (!this.#shown.has(key)) await this.#show(run, [group], signal);
    const shown = this.#shown.get(key) ?? { images: [], verifier: null };
    return {
      row: group.row,
      question: group.question,
      target: group.target,
      verifier: shown.verifier,
      task: group.task,
      difficulty: group.difficulty,
      images: shown.images,
      isVideo: group.task?.startsWith('clip-') ?? false,
    };
  }

  /** First picture of a group where it is known already. */
  thumb(run: IndexedRun, group: GroupRow): string | null {
    return this.#shown.get(keyOf(run, group))?.images[0]?.sha256 ?? null;
  }

  /** Makes the pictures of many groups known, in the background. @returns whether any were new */
  async prepare(run: IndexedRun, groups: readonly GroupRow[]): Promise<boolean> {
    const unknown = groups.filter((group) => !this.#shown.has(keyOf(run, group)));
    if (performance.now() < this.#restUntil) return false;
    try {
      for (let at = 0; at < unknown.length; at += MOST_AT_ONCE) {
        await this.#show(run, unknown.slice(at, at + MOST_AT_ONCE));
      }
    } catch (thrown) {
      this.#restUntil = performance.now() + REST_MS;
      throw thrown;
    }
    return unknown.length > 0;
  }

  /** One drawing at a time: lists ask for the same pictures over and over. */
  #show(run: IndexedRun, groups: readonly GroupRow[], signal?: AbortSignal): Promise<void> {
    const work = this.#drawing.then(async () => {
      const left = groups.filter((group) => !this.#shown.has(keyOf(run, group)));
      const world = left.filter((group) => group.world !== null && group.images === '[]');
      for (const group of left.filter((one) => !world.includes(one))) {
        this.#keep(keyOf(run, group), {
          images: await this.#fromFiles(run, group),
          verifier: null,
        });
      }
      if (world.length > 0) await this.#draw(run, world, signal);
    });
    this.#drawing = work.catch(() => undefined);
    return work;
  }

  async #draw(run: IndexedRun, groups: readonly GroupRow[], signal?: AbortSignal): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'rationale-prompts-'));
    try {
      const rows = await askEngine(
        this.#engine,
        'world-sample',
        { ids: groups.map(({ world }) => world ?? ''), out: folder },
        { row: worldRow, signal },
      );
      for (const [i, group] of groups.entries()) {
        const row = rows[i];
        const images: MediaRef[] = [];
        for (const path of row?.images ?? []) images.push(await this.#media.put(path));
        this.#keep(keyOf(run, group), { images, verifier: row?.verifier ?? null });
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** A picture that is gone leaves a group without it, not without its completions. */
  async #fromFiles(run: IndexedRun, group: GroupRow): Promise<MediaRef[]> {
    const base = mediaFolder(run);
    const images: MediaRef[] = [];
    // Written by the rollout index: a list of texts.
    for (const name of JSON.parse(group.images) as string[]) {
      const path = base === undefined ? undefined : inside(base, name);
      const ref =
        path === undefined ? undefined : await this.#media.put(path).catch(() => undefined);
      if (ref !== undefined) images.push(ref);
    }
    return images;
  }

  #keep(key: string, shown: Shown): void {
    this.#shown.set(key, shown);
    const oldest = this.#shown.keys().next().value;
    if (this.#shown.size > KEPT && oldest !== undefined) this.#shown.delete(oldest);
  }
}

function keyOf(run: IndexedRun, { row, world }: GroupRow): string {
  return world ?? `${run.id}\n${row}`;
}

/** Folder that the data's picture paths start at. */
export function mediaFolder(run: IndexedRun): string | undefined {
  const { slots } = run.record.config;
  const root = scalarAt(slots, 'data.mediaRoot');
  if (typeof root === 'string' && isAbsolute(root)) return root;
  const source = scalarAt(slots, 'data.source');
  return typeof source === 'string' && isAbsolute(source) ? dirname(source) : undefined;
}

/** Data may name pictures of its own folder only. */
function inside(base: string, name: string): string | undefined {
  if (name.includes('\0') || isAbsolute(name)) return undefined;
  const path = resolve(base, name);
  return relative(base, path).split(sep)[0] === '..' ? undefined : path;
}
