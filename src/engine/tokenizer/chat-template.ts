/**
 * Messages in, prompt text or token ids out, through the Jinja chat template of a model folder.
 * Placeholders of pictures are then repeated, one per token that the picture takes.
 */
import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { checkFolder, optionalFileInFolder } from '../files/folder.ts';
import { readJsonFile, readTextFile } from '../files/json-file.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import type { Tokenizer } from './tokenizer.ts';

export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' }
  | { readonly type: 'video' };

export interface ChatMessage {
  readonly role: string;
  readonly content: string | readonly MessagePart[];
}

export interface RenderOptions {
  /** Ends with the opening of the assistant's turn. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables of the template (`tools`, `add_vision_id`). */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatTemplate {
  readonly source: string;
  /** @throws LabError `tokenizer/invalid` when the template refuses the messages, `file/unsafe` when it does not end. */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
}

/** Tokens per picture, in the order of the placeholders. */
export interface PlaceholderCounts {
  readonly imageTokenId: number;
  readonly videoTokenId: number;
  readonly imageTokens?: readonly number[];
  readonly videoTokens?: readonly number[];
}

const MAX_TEMPLATE_BYTES = 2 ** 20;
const RENDER_LIMIT_MS = 2000;

const named = z.array(z.object({ name: z.string(), template: z.string() }));
const holderSchema = z.looseObject({ chat_template: z.union([z.string(), named]).nullish() });

/**
 * The template of a folder: chat_template.jinja, else chat_template.json, else tokenizer_config.json.
 * @throws LabError `file/missing` when there is none, `tokenizer/invalid` when it does not parse.
 */
export function readChatTemplate(folder: string, tokenizer: Tokenizer): ChatTemplate {
  checkFolder(folder);
  const jinja = optionalFileInFolder(folder, 'chat_template.jinja');
  if (jinja !== undefined) {
    return createChatTemplate(readTextFile(jinja, MAX_TEMPLATE_BYTES), tokenizer, jinja);
  }
  for (const name of ['chat_template.json', 'tokenizer_config.json']) {
    const path = optionalFileInFolder(folder, name);
    if (path === undefined) continue;
    const parsed = holderSchema.safeParse(readJsonFile(path, { maxBytes: 8 * MAX_TEMPLATE_BYTES }));
    if (!parsed.success) {
      throw new LabError(
        'tokenizer/invalid',
        `[template] ${path}: ${z.prettifyError(parsed.error)}`,
      );
    }
    const found = parsed.data.chat_template;
    const text =
      typeof found === 'string' ? found : found?.find((item) => item.name === 'default')?.template;
    if (text !== undefined) return createChatTemplate(text, tokenizer, path);
  }
  throw new LabError('file/missing', `[template] ${folder} has no chat template`, {
    hint: 'Add a chat_template.jinja to the model folder.',
  });
}

/** @throws LabError `tokenizer/invalid` when the text does not parse. */
export function createChatTemplate(
  text: string,
  tokenizer: Tokenizer,
  source = 'chat template',
): ChatTemplate {
  const failed = (cause: unknown): LabError => {
    if (cause instanceof LabError) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new LabError('tokenizer/invalid', `[template] ${source}: ${reason}`, { cause });
  };
  let template: Template;
  try {
    template = withTimeLimit(`parsing ${source}`, RENDER_LIMIT_MS, () => new Template(text));
  } catch (cause) {
    throw failed(cause);
  }
  return {
    source,
    render: (messages, { addGenerationPrompt = false, variables = {} } = {}) => {
      const items = {
        ...tokenizer.special,
        ...variables,
        messages,
        add_generation_prompt: addGenerationPrompt,
      };
      try {
        return withTimeLimit(`rendering ${source}`, RENDER_LIMIT_MS, () => template.render(items));
      } catch (cause) {
        throw failed(cause);
      }
    },
  };
}

/**
 * Repeats each picture's placeholder id to the number of tokens it takes.
 * @param ids with one placeholder per picture.
 * @throws LabError `dataset/bad-row` when placeholders and pictures differ in number; text that spells
 *   a placeholder counts as one.
 */
export function expandPlaceholders(ids: readonly number[], counts: PlaceholderCounts): number[] {
  const images = [...(counts.imageTokens ?? [])];
  const videos = [...(counts.videoTokens ?? [])];
  const out: number[] = [];
  const found = { images: 0, videos: 0 };
  for (const id of ids) {
    let repeat = 1;
    if (id === counts.imageTokenId) repeat = images[found.images++] ?? 0;
    else if (id === counts.videoTokenId) repeat = videos[found.videos++] ?? 0;
    for (let k = 0; k < repeat; k++) out.push(id);
  }
  if (found.images !== images.length || found.videos !== videos.length) {
    throw new LabError(
      'dataset/bad-row',
      `[template] the prompt has placeholders for ${found.images} images and ${found.videos} videos, got ${images.length} and ${videos.length}`,
      { hint: 'Give one picture per image part, and keep placeholder tokens out of the text.' },
    );
  }
  return out;
}

/** Renders, tokenizes and expands in one go. */
export function encodeChat(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: RenderOptions & PlaceholderCounts,
): number[] {
  return expandPlaceholders(tokenizer.encode(template.render(messages, options)), options);
}
