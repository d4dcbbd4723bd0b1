/**
 * Conversations of a row, brought to one form: every picture at its place by index, placeholders in
 * texts resolved, a last assistant turn taken out as the completion. In: messages as written and how
 * many pictures there are. Out: messages that end where the model is to write.
 */
import type { RowMessage, RowPart } from '../../shared/protocol/rows.ts';

export type ItemPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly index: number }
  | { readonly type: 'video' };

export interface ItemMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: readonly ItemPart[];
}

export interface Conversation {
  readonly messages: readonly ItemMessage[];
  /** Of the last user turn. */
  readonly question: string;
  /** A last assistant turn. */
  readonly completion: string | undefined;
}

export interface Shown {
  readonly images: number;
  readonly isClip: boolean;
}

const PLACEHOLDER = /(<image>|<video>)/;

/** @param bad makes the error of a row that cannot be read so */
export function readConversation(
  written: readonly RowMessage[],
  shown: Shown,
  bad: (problem: string) => Error,
): Conversation {
  const last = written.at(-1);
  const isAnswered = last?.role === 'assistant';
  const asked = isAnswered ? written.slice(0, -1) : written;
  const end = asked.at(-1);
  if (end === undefined || end.role === 'system' || end.role === 'assistant') {
    throw bad('expected `messages` to end with a user turn (or with the assistant turn to learn)');
  }
  const messages = placePictures(asked, shown, bad);
  const question = textOf(messages.findLast(({ role }) => role === 'user')?.content ?? []);
  return {
    messages,
    question,
    completion: isAnswered ? textOf(partsOf(last.content)) : undefined,
  };
}

/**
 * A single text with `<image>` at the place of each of its pictures; undefined where it has none, or
 * another number of them (then the text means the word itself).
 */
export function readPlaceholders(text: string, shown: Shown): ItemMessage[] | undefined {
  const mark = shown.isClip ? '<video>' : '<image>';
  const wanted = shown.isClip ? 1 : shown.images;
  const found = text.split(mark).length - 1;
  if (found === 0 || found !== wanted) return undefined;
  let next = 0;
  const content = split(text, (part) =>
    part === mark
      ? shown.isClip
        ? { type: 'video' }
        : { type: 'image', index: next++ }
      : undefined,
  );
  return [{ role: 'user', content }];
}

/** `text` put after the last text of the last user turn. */
export function withSuffix(messages: readonly ItemMessage[], text: string): ItemMessage[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  return messages.map((message, i) => {
    if (i !== at) return message;
    const last = message.content.at(-1);
    if (last?.type !== 'text')
      return { ...message, content: [...message.content, { type: 'text', text }] };
    const content = [
      ...message.content.slice(0, -1),
      { type: 'text' as const, text: last.text + text },
    ];
    return { ...message, content };
  });
}

/** The indices of the pictures in the order in which the messages show them. */
export function imageOrder(messages: readonly ItemMessage[]): number[] {
  return messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'image' ? [part.index] : [])),
  );
}

export function textOf(
  parts: readonly { readonly type: string; readonly text?: string }[],
): string {
  return parts.map((part) => part.text ?? '').join('');
}

function partsOf(content: RowMessage['content']): readonly RowPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function placePictures(
  written: readonly RowMessage[],
  { images, isClip }: Shown,
  bad: (problem: string) => Error,
): ItemMessage[] {
  const all = written.flatMap(({ content }) => partsOf(content));
  const isExplicit = all.some((part) => part.type !== 'text');
  let next = 0;
  const used = new Set<number>();
  const image = (index = next): ItemPart => {
    if (index >= images) throw bad(`a message shows picture ${index}, the row has ${images}`);
    next = index + 1;
    used.add(index);
    return { type: 'image', index };
  };
  const video = (): ItemPart => {
    if (!isClip) throw bad('a message shows a video, the row has no `frames`');
    used.add(0);
    return { type: 'video' };
  };
  const messages = written.map(({ role, content }) => ({
    role,
    content: partsOf(content).flatMap((part): ItemPart[] => {
      if (part.type === 'image') return [image(part.index)];
      if (part.type === 'video') return [video()];
      if (isExplicit || !PLACEHOLDER.test(part.text)) return [part];
      return split(part.text, (text) =>
        text === '<image>' && !isClip
          ? image()
          : text === '<video>' && isClip
            ? video()
            : undefined,
      );
    }),
  }));
  const wanted = isClip ? 1 : images;
  if (used.size === wanted) return messages;
  if (used.size > 0) throw bad(`the messages show ${used.size} of the row's ${wanted} pictures`);
  // Nothing says where: before the first user text, as in a row with a prompt.
  const first = messages.findIndex(({ role }) => role === 'user');
  const shown: ItemPart[] = isClip ? [video()] : Array.from({ length: images }, (_, i) => image(i));
  return messages.map((message, i) =>
    i === first ? { ...message, content: [...shown, ...message.content] } : message,
  );
}

function split(text: string, place: (part: string) => ItemPart | undefined): ItemPart[] {
  return text
    .split(PLACEHOLDER)
    .filter((part) => part !== '')
    .map((part) => place(part) ?? { type: 'text', text: part });
}
