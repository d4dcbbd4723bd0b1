/**
 * Turns and the pictures, clips and sounds of the row's columns in, messages with numbered places out.
 * A place is a mark in the text (`<image>`) or a part without a source; places and sources have to be
 * equally many, and where there is no place at all the media come first in the first user turn.
 */
import type { MappingOptions } from '../../../shared/model/import.ts';
import type { Message, Part } from '../../../shared/model/sample.ts';
import type { MediaSource } from './media-source.ts';
import { rowProblem } from './row-problem.ts';
import type { DraftPart, Medium, Turn } from './turns.ts';

/** A clip: one file, or its frames. */
export type ClipSource =
  | MediaSource
  | { readonly kind: 'frames'; readonly frames: MediaSource[]; readonly fps: number };

export interface RowMedia {
  readonly image: readonly MediaSource[];
  readonly video: readonly ClipSource[];
  readonly audio: readonly MediaSource[];
}

export interface Placed {
  readonly messages: Message[];
  readonly images: MediaSource[];
  readonly videos: ClipSource[];
  readonly audios: MediaSource[];
}

const MARK = /<(image|video|audio)>/g;
const MEDIA = ['image', 'video', 'audio'] as const;

/** @throws LabError `dataset/bad-row` when marks and media do not fit */
export function placeMedia(
  turns: readonly Turn[],
  media: RowMedia,
  mode: MappingOptions['marks'],
): Placed {
  const total = media.image.length + media.video.length + media.audio.length;
  const isPlain = total === 0 && turns.every((turn) => turn.content.every(isPlainText));
  if (isPlain) return { messages: turns.map(plainMessage), images: [], videos: [], audios: [] };
  const split = turns.map((turn) => ({
    ...turn,
    content: mode === 'text' ? turn.content : splitMarks(turn),
  }));
  for (const medium of MEDIA) checkCounts(split, medium, media[medium].length, mode);
  return number(withLeading(split, media), media);
}

function isPlainText(part: DraftPart): boolean {
  return (
    part.type === 'text' && !part.text.includes('<image>') && !/<(?:video|audio)>/.test(part.text)
  );
}

function plainMessage(turn: Turn): Message {
  const content: Part[] = turn.content.flatMap((part) => (part.type === 'text' ? [part] : []));
  return { role: turn.role, content, ...(turn.extra === undefined ? {} : { extra: turn.extra }) };
}

/** Marks in what the model says are its own words. */
function splitMarks(turn: Turn): DraftPart[] {
  if (turn.role === 'assistant') return [...turn.content];
  return turn.content.flatMap((part) => (part.type === 'text' ? splitText(part.text) : [part]));
}

function splitText(text: string): DraftPart[] {
  const parts: DraftPart[] = [];
  let from = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > from) parts.push({ type: 'text', text: text.slice(from, match.index) });
    // The expression names these three words only.
    parts.push({ type: match[1] as Medium, source: null });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ type: 'text', text: text.slice(from) });
  return parts;
}

function checkCounts(
  turns: readonly Turn[],
  medium: Medium,
  given: number,
  mode: MappingOptions['marks'],
): void {
  const parts = turns.flatMap((turn) => turn.content);
  const places = parts.filter((part) => part.type === medium && part.source === null).length;
  if (places === given) return;
  if (places === 0 && mode !== 'strict') return;
  throw rowProblem(
    `${places} ${places === 1 ? 'place' : 'places'} for <${medium}> in the text and ${given} in the columns`,
  );
}

/** Puts media that no place asks for in front of the first user turn. */
function withLeading(turns: readonly Turn[], media: RowMedia): readonly Turn[] {
  const parts = turns.flatMap((turn) => turn.content);
  const leading = MEDIA.flatMap((medium): DraftPart[] => {
    const hasPlaces = parts.some((part) => part.type === medium && part.source === null);
    return hasPlaces ? [] : media[medium].map(() => ({ type: medium, source: null }));
  });
  if (leading.length === 0) return turns;
  const first = turns.findIndex((turn) => turn.role === 'user');
  if (first < 0) return [...turns, { role: 'user', content: leading }];
  return turns.map((turn, i) =>
    i === first ? { ...turn, content: [...leading, ...turn.content] } : turn,
  );
}

function number(turns: readonly Turn[], media: RowMedia): Placed {
  const placed = {
    image: [] as MediaSource[],
    video: [] as ClipSource[],
    audio: [] as MediaSource[],
  };
  const used = { image: 0, video: 0, audio: 0 };
  const messages = turns.map((turn): Message => {
    const content = turn.content.map((part): Part => {
      if (part.type === 'text') return part;
      const source = part.source ?? media[part.type][used[part.type]++];
      if (source === undefined) throw rowProblem(`no ${part.type} for a place in the text`);
      const list: ClipSource[] = placed[part.type];
      list.push(source);
      return { type: part.type, index: list.length - 1 };
    });
    return { role: turn.role, content, ...(turn.extra === undefined ? {} : { extra: turn.extra }) };
  });
  return { messages, images: placed.image, videos: placed.video, audios: placed.audio };
}
