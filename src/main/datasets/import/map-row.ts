/**
 * The mapping at work. Comes in: a source row and which column plays which role. Goes out: a draft of
 * the sample whose media are still sources. Whatever has no role is kept in `extra`.
 */
import type { ColumnRole, Mapping } from '../../../shared/model/import.ts';
import { makeSample, type Sample } from '../../../shared/model/sample.ts';
import { type FacetValue, facetValues, restOf, type SourceValues, valueAt } from './columns.ts';
import { completionOf, joinInput, promptTurns, splitPair } from './conversation.ts';
import { type ClipSource, placeMedia } from './marks.ts';
import { type MediaSource, mediaSource } from './media-source.ts';
import { kindOf, quoted, rowProblem } from './row-problem.ts';
import { booleanOf, numberOf, plainText, verifierOf } from './scalars.ts';
import { readSteps } from './steps.ts';
import type { Turn } from './turns.ts';

export interface Draft {
  /** Without media and regions. */
  readonly sample: Sample;
  readonly images: readonly MediaSource[];
  readonly videos: readonly ClipSource[];
  readonly audios: readonly MediaSource[];
  /** Boxes as they were read: they need the size of the pictures. */
  readonly boxes: unknown;
  readonly facets: readonly FacetValue[];
  readonly notes: readonly string[];
}

const MAX_MEDIA = 1000;

export class RowMapper {
  readonly mapping: Mapping;
  readonly #columns = new Map<ColumnRole, string[]>();
  readonly #used = new Set<string>();
  readonly #isTable: boolean;

  /** @param isTable all values are text, as in CSV */
  constructor(mapping: Mapping, isTable: boolean) {
    this.mapping = mapping;
    this.#isTable = isTable;
    for (const { column, role } of mapping.columns) {
      this.#columns.set(role, [...(this.#columns.get(role) ?? []), column]);
      // The split stays in `extra`: a sample has no place for it.
      if (role !== 'ignore' && role !== 'split') this.#used.add(column);
    }
  }

  /** Is the row of a split that was not asked for? */
  isOtherSplit(values: SourceValues): boolean {
    const { split } = this.mapping.options;
    const given = this.#first(values, 'split');
    return split !== null && given !== undefined && String(given) !== split;
  }

  /** @throws LabError `dataset/bad-row` */
  map(values: SourceValues, key: string): Draft {
    const notes: string[] = [];
    const extra = restOf(values, this.#used, (note) => notes.push(note));
    const { turns, completion, rejected } = this.#texts(values, extra);
    const placed = placeMedia(
      this.#withSuffix(turns),
      this.#media(values),
      this.mapping.options.marks,
    );
    const difficulty = this.#difficulty(values, extra, notes);
    const label = this.#first(values, 'label');
    const steps = readSteps(this.#first(values, 'steps'), this.#first(values, 'step-labels'));
    const sample = makeSample({
      key: plainText(this.#first(values, 'id')) ?? key,
      messages: placed.messages,
      completion:
        completion ?? (steps.length > 0 ? steps.map(({ text }) => text).join('\n') : null),
      rejected,
      label: label === undefined ? null : booleanOf(label),
      steps,
      answer: plainText(this.#first(values, 'answer')),
      verifier: verifierOf(this.#first(values, 'verifier')),
      task: plainText(this.#first(values, 'task')),
      difficulty,
      extra,
    });
    this.#check(sample, placed.images.length + placed.videos.length + placed.audios.length);
    const facets = facetValues(extra, this.#isTable);
    if (sample.label !== null) facets.push({ title: 'label', value: sample.label });
    return { sample, ...placed, boxes: this.#first(values, 'boxes'), facets, notes };
  }

  #check(sample: Sample, media: number): void {
    if (media > MAX_MEDIA) throw rowProblem(`more than ${MAX_MEDIA} pictures, clips and sounds`);
    if (sample.messages.length === 0 && sample.completion === null && media === 0) {
      throw rowProblem(
        'nothing to show: no prompt, no completion and no picture in the mapped columns',
      );
    }
  }

  /** The first column of a role that has a value. */
  #first(values: SourceValues, role: ColumnRole): unknown {
    for (const name of this.#columns.get(role) ?? []) {
      const value = valueAt(values, name);
      if (value !== null && value !== undefined) return value;
    }
    return undefined;
  }

  #texts(
    values: SourceValues,
    extra: Record<string, unknown>,
  ): { turns: Turn[]; completion: string | null; rejected: string | null } {
    const { tags } = this.mapping.options;
    const turns = promptTurns(
      {
        messages: this.#first(values, 'messages'),
        prompt: joinInput(this.#first(values, 'prompt'), this.#first(values, 'input')),
        system: this.#first(values, 'system'),
        history: this.#first(values, 'history'),
      },
      tags,
    );
    const chosen = this.#first(values, 'completion') ?? this.#first(values, 'chosen');
    const pair = splitPair(turns, chosen, this.#first(values, 'rejected'), tags);
    const own = completionOf(pair.turns, pair.chosen, tags);
    if (own.extra !== undefined) extra['completion turn'] = own.extra;
    return { turns: own.turns, completion: own.text, rejected: pair.rejected };
  }

  #withSuffix(turns: Turn[]): Turn[] {
    const { promptSuffix } = this.mapping.options;
    const last = turns.findLastIndex((turn) => turn.role === 'user');
    if (promptSuffix === '' || last < 0) return turns;
    return turns.map((turn, i) =>
      i === last
        ? { ...turn, content: [...turn.content, { type: 'text', text: promptSuffix }] }
        : turn,
    );
  }

  #media(values: SourceValues): {
    image: MediaSource[];
    video: ClipSource[];
    audio: MediaSource[];
  } {
    const image = [
      ...this.#sources(values, 'images', 'image'),
      ...this.#sources(values, 'image', 'image'),
    ];
    const clips = (this.#columns.get('videos') ?? []).flatMap((name) =>
      listOf(valueAt(values, name)).map(clipSource),
    );
    const frames = this.#sources(values, 'frames', 'image');
    const video: ClipSource[] =
      frames.length > 0 ? [...clips, { kind: 'frames', frames, fps: 1 }] : clips;
    return { image, video, audio: this.#sources(values, 'audios', 'audio') };
  }

  #sources(values: SourceValues, role: ColumnRole, medium: string): MediaSource[] {
    return (this.#columns.get(role) ?? []).flatMap((name) =>
      listOf(valueAt(values, name)).map((value) => mediaSource(value, medium)),
    );
  }

  #difficulty(
    values: SourceValues,
    extra: Record<string, unknown>,
    notes: string[],
  ): number | null {
    const value = this.#first(values, 'difficulty');
    const number = numberOf(value);
    if (number !== null || value === undefined) return number;
    // A word such as "hard" is worth keeping and is no reason to refuse the row.
    extra['difficulty'] = value;
    notes.push('Difficulties that are no numbers are kept as a column of their own.');
    return null;
  }
}

/** One value or a list of them; a list as JSON text is how tables write it. */
function listOf(value: unknown): unknown[] {
  if (value === null || value === undefined || value === '') return [];
  if (Array.isArray(value)) return value;
  if (typeof value === 'string' && /^\s*\[\s*(?:["{]|\])/.test(value)) {
    try {
      const json: unknown = JSON.parse(value);
      if (Array.isArray(json)) return json;
    } catch {
      // A file name may start with a bracket.
    }
  }
  return [value];
}

/** A clip: a file, or a list of frames, or frames with their rate. */
function clipSource(value: unknown): ClipSource {
  if (Array.isArray(value)) return framesOf(value, 1);
  if (typeof value === 'object' && value !== null && 'frames' in value) {
    const fps = 'fps' in value ? numberOf(value.fps) : 1;
    if (!Array.isArray(value.frames)) {
      throw rowProblem(`expected a list of frames, got ${kindOf(value.frames)}`);
    }
    if (fps === null || fps <= 0) throw rowProblem(`a clip with a frame rate of ${quoted(fps)}`);
    return framesOf(value.frames, fps);
  }
  return mediaSource(value, 'video');
}

function framesOf(list: readonly unknown[], fps: number): ClipSource {
  return { kind: 'frames', frames: list.map((frame) => mediaSource(frame, 'image')), fps };
}
