/**
 * A row as the model sees it: template applied, every token with its text, pictures with the grid they
 * are cut into, and which tokens carry loss. Needs tokenizer, template and processor, no weights.
 */
import type { z } from 'zod';
import type { modelSeesResult } from '../../shared/protocol/results.ts';
import type { RgbImage } from '../files/image.ts';
import { smartResize, tokenCount } from '../models/qwen2-5-vl/processor.ts';
import { expandPlaceholders } from '../tokenizer/chat-template.ts';
import { tokenTexts } from '../tokenizer/tokenizer.ts';
import { type Asked, chatOf, type TextParts } from './bundle.ts';

type Seen = z.output<typeof modelSeesResult>;
type SeenImage = Seen['images'][number];

export interface SeenRow extends Asked {
  readonly id: string;
  readonly completion: string | undefined;
}

/** @throws LabError `dataset/bad-row`, `image/invalid`, `tokenizer/invalid` */
export function modelSees(parts: TextParts, row: SeenRow, limit: number | undefined): Seen {
  const { messages, order } = chatOf(row);
  const images =
    row.medium === 'video' ? seenClip(parts, row.images) : seenImages(parts, row, order);
  const rendered = parts.template.render(messages, { addGenerationPrompt: true });
  const { imageTokenId, videoTokenId } = parts.config;
  const counts = images.map(({ tokens }) => tokens);
  const isClip = row.medium === 'video';
  const prompt = expandPlaceholders(parts.tokenizer.encode(rendered), {
    imageTokenId,
    videoTokenId,
    imageTokens: isClip ? [] : counts,
    videoTokens: isClip ? counts : [],
  });
  const end = parts.stopIds[0];
  const learned =
    row.completion === undefined
      ? []
      : [...parts.tokenizer.encode(row.completion), ...(end === undefined ? [] : [end])];
  const ids = [...prompt, ...learned];
  const texts = tokenTexts(parts.tokenizer, ids);
  const special = new Set(parts.tokenizer.specialIds);
  const imageOf = imageAt(isClip ? videoTokenId : imageTokenId, images);
  const most = limit ?? parts.config.text.maxPositionEmbeddings;
  const endText = end === undefined ? '' : (parts.tokenizer.idToToken(end) ?? '');
  return {
    id: row.id,
    text: row.completion === undefined ? rendered : `${rendered}${row.completion}${endText}`,
    tokens: ids.map((id, i) => ({
      id,
      text: texts[i] ?? '',
      isSpecial: special.has(id),
      isTrained: i >= prompt.length,
      imageIndex: imageOf(id),
    })),
    images,
    promptTokens: prompt.length,
    trainedTokens: learned.length,
    limit: most,
    cutAt: ids.length > most ? most : null,
    error: null,
  };
}

/** Placeholders come in the order of the pictures, each as often as it has tokens. */
function imageAt(placeholder: number, images: readonly SeenImage[]): (id: number) => number | null {
  const owners = images.flatMap(({ index, tokens }) => new Array<number>(tokens).fill(index));
  let next = 0;
  return (id) => (id === placeholder ? (owners[next++] ?? null) : null);
}

function seenImages(parts: TextParts, { images }: SeenRow, order: readonly number[]): SeenImage[] {
  return order.flatMap((index) => {
    const image = images[index];
    return image === undefined ? [] : [seenPicture(parts, 'image', { image, index, grids: 1 })];
  });
}

function seenClip(parts: TextParts, frames: readonly RgbImage[]): SeenImage[] {
  const [image] = frames;
  if (image === undefined) return [];
  const grids = Math.ceil(frames.length / parts.processor.video.temporalPatchSize);
  return [seenPicture(parts, 'video', { image, index: 0, grids })];
}

function seenPicture(
  parts: TextParts,
  kind: 'image' | 'video',
  {
    image,
    index,
    grids,
  }: { readonly image: RgbImage; readonly index: number; readonly grids: number },
): SeenImage {
  const settings = parts.processor[kind];
  const { width, height } = image;
  const size = settings.doResize ? smartResize(height, width, settings) : { width, height };
  const [rows, cols] = [size.height / settings.patchSize, size.width / settings.patchSize];
  return {
    index,
    kind,
    width,
    height,
    resizedWidth: size.width,
    resizedHeight: size.height,
    rows,
    cols,
    merge: settings.mergeSize,
    tokens: tokenCount(settings, [grids, rows, cols]),
  };
}
