/**
 * A model folder opened for work: configuration and weights, tokenizer, chat template, processor.
 * Turns questions into prompts and completions into ids and back.
 */
import { LabError } from '../../shared/errors.ts';
import { type ItemMessage, imageOrder, textOf } from '../data/messages.ts';
import { decodeImage, type RgbImage } from '../files/image.ts';
import type { F32Tensor } from '../files/tensor-data.ts';
import type { ModelConfig } from '../models/qwen2-5-vl/config.ts';
import {
  type ProcessorSettings,
  processImages,
  processVideo,
  readProcessor,
  tokenCount,
} from '../models/qwen2-5-vl/processor.ts';
import { packWeights, readModelFolder } from '../models/qwen2-5-vl/weights.ts';
import type { Prompt, Visual } from '../policy/tree.ts';
import type { SamplingSettings } from '../rollout/generate.ts';
import {
  type ChatMessage,
  type ChatTemplate,
  encodeChat,
  type MessagePart,
  readChatTemplate,
} from '../tokenizer/chat-template.ts';
import { readTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';

export interface ModelBundle {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, F32Tensor>;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly processor: ProcessorSettings;
  /** Ids that end a completion; the first is the one a written completion ends with. */
  readonly stopIds: readonly number[];
}

/** @throws LabError `file/*`, `config/invalid`, `safetensors/*`, `tokenizer/invalid` */
export function openBundle(folder: string): ModelBundle {
  const model = readModelFolder(folder);
  const parts = openTextParts(folder, model.config);
  return { ...parts, weights: packWeights(model.config, model.tensors) };
}

/** Everything of a bundle but the weights, for a folder that has none yet. */
export function openTextParts(folder: string, config: ModelConfig): Omit<ModelBundle, 'weights'> {
  const tokenizer = readTokenizer(folder);
  const ends = [tokenizer.eosId, ...config.text.eosTokenIds, tokenizer.tokenToId('<|endoftext|>')];
  return {
    folder,
    config,
    tokenizer,
    template: readChatTemplate(folder, tokenizer),
    processor: readProcessor(folder, config),
    stopIds: [...new Set(ends.filter((id) => id !== undefined))],
  };
}

export type TextParts = Omit<ModelBundle, 'weights'>;

/** Pictures as visuals, one each. */
export function toVisuals(parts: TextParts, images: readonly RgbImage[]): Visual[] {
  return images.map((image) => {
    const { pixels, grids } = processImages(parts.processor.image, [image]);
    const [grid] = grids;
    if (grid === undefined) throw new RangeError('a processed image has a grid');
    return { kind: 'image', patches: pixels, grid };
  });
}

/** Frames as one video, a second apart. */
function toVideo(parts: TextParts, frames: readonly RgbImage[]): Visual {
  const { pixels, grids } = processVideo(parts.processor.video, frames);
  const [grid] = grids;
  if (grid === undefined) throw new RangeError('a processed video has a grid');
  const secondsPerGrid = parts.config.vision.temporalPatchSize;
  return { kind: 'video', patches: pixels, grid, secondsPerGrid };
}

/** The visuals of something that has pictures, or the frames of one clip. */
export function visualsOf(
  parts: TextParts,
  shown: { readonly images: readonly RgbImage[]; readonly medium: 'pictures' | 'video' },
): Visual[] {
  const isClip = shown.medium === 'video' && shown.images.length > 0;
  return isClip ? [toVideo(parts, shown.images)] : toVisuals(parts, shown.images);
}

/** What a row asks: its conversation, or its pictures and then its question. */
export interface Asked {
  readonly question: string;
  readonly messages?: readonly ItemMessage[] | undefined;
  readonly images: readonly RgbImage[];
  readonly medium: 'pictures' | 'video';
}

/** The messages of a row, and the indices of its pictures in the order they are shown. */
export function chatOf(asked: Asked): {
  readonly messages: readonly ChatMessage[];
  readonly order: readonly number[];
} {
  const { messages, images, medium } = asked;
  if (messages !== undefined) {
    // Templates treat a plain text more alike than a list of one.
    const written = messages.map(({ role, content }) => ({
      role,
      content: content.every((part) => part.type === 'text') ? textOf(content) : content,
    }));
    return { messages: written, order: imageOrder(messages) };
  }
  const isClip = medium === 'video' && images.length > 0;
  const shown: MessagePart[] = isClip ? [{ type: 'video' }] : images.map(() => ({ type: 'image' }));
  const content = [...shown, { type: 'text' as const, text: asked.question }];
  return { messages: [{ role: 'user', content }], order: [...images.keys()] };
}

/** The prompt of a row. @throws LabError `dataset/bad-row`, `image/*`, `tokenizer/invalid` */
export function promptOf(parts: TextParts, asked: Asked): Prompt {
  const { messages, order } = chatOf(asked);
  const { medium } = asked;
  const images =
    medium === 'video' ? asked.images : order.flatMap((index) => asked.images[index] ?? []);
  return toChat(parts, messages, visualsOf(parts, { images, medium }));
}

/** One user turn: pictures, then the question. Ends where the assistant begins to write. */
export function toPrompt(
  parts: TextParts,
  turn: {
    readonly visuals: readonly Visual[];
    readonly text: string;
    readonly system?: string | undefined;
  },
): Prompt {
  const content: MessagePart[] = [
    ...turn.visuals.map((visual) => ({ type: visual.kind })),
    { type: 'text', text: turn.text },
  ];
  const messages: ChatMessage[] = [
    ...(turn.system === undefined ? [] : [{ role: 'system', content: turn.system }]),
    { role: 'user', content },
  ];
  return toChat(parts, messages, turn.visuals);
}

/**
 * Messages as the template writes them, up to where the assistant begins to write.
 * @param visuals in the order in which the messages show them
 */
export function toChat(
  parts: TextParts,
  messages: readonly ChatMessage[],
  visuals: readonly Visual[],
): Prompt {
  const counts = (kind: 'image' | 'video') =>
    visuals
      .filter((visual) => visual.kind === kind)
      .map((visual) => tokenCount(parts.processor[kind], visual.grid));
  const ids = encodeChat(parts.tokenizer, parts.template, messages, {
    addGenerationPrompt: true,
    imageTokenId: parts.config.imageTokenId,
    videoTokenId: parts.config.videoTokenId,
    imageTokens: counts('image'),
    videoTokens: counts('video'),
  });
  return { ids: checkedIds(parts, ids), visuals };
}

/** The ids of a completion as the model is to write it, end token included. */
export function toCompletion(parts: TextParts, text: string): Int32Array {
  return checkedIds(parts, [...parts.tokenizer.encode(text), parts.stopIds[0] ?? 0]);
}

/** @throws LabError `tokenizer/invalid` (an id the model has no row for), `dataset/bad-row` (too long) */
function checkedIds({ config, folder }: TextParts, ids: readonly number[]): Int32Array {
  const { vocabSize, maxPositionEmbeddings } = config.text;
  const outside = ids.find((id) => id >= vocabSize);
  if (outside !== undefined) {
    throw new LabError(
      'tokenizer/invalid',
      `[tokenizer] ${folder}: token id ${outside} lies outside the model's vocabulary of ${vocabSize}`,
    );
  }
  if (ids.length > maxPositionEmbeddings) {
    throw new LabError(
      'dataset/bad-row',
      `[prompt] ${ids.length} tokens, the model takes at most ${maxPositionEmbeddings}`,
      { hint: 'Shorten the text, or use fewer or smaller pictures.' },
    );
  }
  return Int32Array.from(ids);
}

/** The text of a completion without special tokens. */
export function toText(parts: TextParts, ids: Int32Array): string {
  return parts.tokenizer.decode(ids, { skipSpecial: true });
}

export interface Draws {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
}

/** Sampling settings of this model: its stop tokens, and every other special token suppressed. */
export function toSampling(parts: TextParts, draws: Draws): SamplingSettings {
  return {
    topK: 0,
    topP: 1,
    minP: 0,
    ...draws,
    stopIds: parts.stopIds,
    suppressed: parts.tokenizer.suppressed(parts.config.text.vocabSize, parts.stopIds),
  };
}

/** Reads picture files. @throws LabError `file/missing`, `image/*` */
export async function readPictures(paths: readonly string[]): Promise<RgbImage[]> {
  const pictures: RgbImage[] = [];
  for (const path of paths) pictures.push(await decodeImage(path));
  return pictures;
}
