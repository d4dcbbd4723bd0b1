/**
 * A sample with its media in the order of their places. Comes in: a sample. Goes out: the same one as
 * every form of rows can say it: the first place shows the first picture, and so on; media without a
 * place stand in front of the first question. Round trips are compared in this form as well.
 */
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Clip, Message, Part, Sample } from '../../../shared/model/sample.ts';

export interface Arranged {
  readonly sample: Sample;
  /** Pictures, clips or sounds left aside, because some have a place and these have none. */
  readonly unplaced: number;
}

export function arrange(sample: Sample): Arranged {
  const messages = withLeading(sample);
  const images: MediaRef[] = [];
  const videos: Clip[] = [];
  const audios: MediaRef[] = [];
  const placed = messages.map((message): Message => {
    const content = message.content.flatMap((part): Part[] => {
      if (part.type === 'text') return [part];
      if (part.type === 'image') return place('image', sample.images[part.index], images);
      if (part.type === 'video') return place('video', sample.videos[part.index], videos);
      return place('audio', sample.audios[part.index], audios);
    });
    return { ...message, content };
  });
  const shown = new Set(messages.flatMap(({ content }) => content.map(placeOf)));
  const all = [
    ...sample.images.map((_, index) => `image ${index}`),
    ...sample.videos.map((_, index) => `video ${index}`),
    ...sample.audios.map((_, index) => `audio ${index}`),
  ];
  return {
    sample: {
      ...sample,
      ...{ messages: placed, images, videos, audios },
      regions: sample.regions.flatMap((region) => {
        const ref = sample.images[region.image];
        const image = images.findIndex(({ sha256 }) => sha256 === ref?.sha256);
        return image < 0 ? [] : [{ ...region, image }];
      }),
    },
    unplaced: all.filter((name) => !shown.has(name)).length,
  };
}

function place<M>(type: 'image' | 'video' | 'audio', media: M | undefined, list: M[]): Part[] {
  if (media === undefined) return [];
  return [{ type, index: list.push(media) - 1 }];
}

function placeOf(part: Part): string {
  return part.type === 'text' ? '' : `${part.type} ${part.index}`;
}

/** Media of a kind that has no place at all come first in the first user turn. */
function withLeading(sample: Sample): readonly Message[] {
  const parts = sample.messages.flatMap(({ content }) => content);
  const leading = (['image', 'video', 'audio'] as const).flatMap((type): Part[] => {
    if (parts.some((part) => part.type === type)) return [];
    const list = { image: sample.images, video: sample.videos, audio: sample.audios }[type];
    return list.map((_, index) => ({ type, index }));
  });
  if (leading.length === 0) return sample.messages;
  const first = sample.messages.findIndex(({ role }) => role === 'user');
  if (first < 0) return [...sample.messages, { role: 'user', content: leading }];
  return sample.messages.map((message, index) =>
    index === first ? { ...message, content: [...leading, ...message.content] } : message,
  );
}

/** A turn as one text, media as `<image>`, `<video>`, `<audio>`. */
export function markedText(content: readonly Part[], afterMark = ''): string {
  return content
    .map((part) => (part.type === 'text' ? part.text : `<${part.type}>${afterMark}`))
    .join('');
}
