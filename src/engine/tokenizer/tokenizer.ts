/**
 * Text in, token ids out, and back: the byte-level BPE tokenizer of a model folder (tokenizer.json,
 * tokenizer_config.json). Decoding goes through bytes, so that a character split over tokens is whole
 * again and a stream never shows half of one. Ids equal those of Hugging Face.
 */
import { Tokenizer as BpeTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { checkFolder, fileInFolder, optionalFileInFolder } from '../files/folder.ts';
import { readJsonFile } from '../files/json-file.ts';
import { checkSafePattern } from '../files/safe-pattern.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import { tokenBytes } from './byte-level.ts';

/** Above any published vocabulary; the library indexes an array by id. */
const MAX_TOKEN_ID = 2 ** 20;
const MAX_TEXT_CHARACTERS = 2 ** 22;
const ENCODE_LIMIT_MS = 30_000;

const tokenId = z.number().int().min(0).max(MAX_TOKEN_ID);
const tokenizerSchema = z.looseObject({
  added_tokens: z
    .array(
      z.looseObject({
        id: tokenId,
        content: z.string().min(1).max(512),
        special: z.boolean().default(false),
      }),
    )
    .max(65536)
    .nullish(),
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  post_processor: z.unknown(),
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
  model: z.looseObject({
    type: z.literal('BPE').optional(),
    // Not z.record: it copies 150 000 entries and loses a token named __proto__.
    vocab: z.custom<Record<string, number>>(isVocabulary, 'expected token -> id'),
    merges: z.array(z.union([z.string(), z.array(z.string()).length(2)])).max(2 ** 22),
  }),
});

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const configSchema = z.looseObject({
  bos_token: tokenText,
  eos_token: tokenText,
  pad_token: tokenText,
  chat_template: z.unknown().optional(),
});

export interface Tokenizer {
  /** One more than the largest id in use; the model's vocabulary may be larger. */
  readonly size: number;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  /** Texts that templates may name; undefined where the configuration has none. */
  readonly special: Readonly<Record<'bos_token' | 'eos_token' | 'pad_token', string | undefined>>;
  /** Ids of all special tokens, ascending. */
  readonly specialIds: readonly number[];
  /** @throws LabError `tokenizer/invalid` for text too long or a pattern that does not end. */
  encode(text: string): number[];
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** Text of an id as it stands in the vocabulary (byte-level alphabet); undefined if unused. */
  idToToken(id: number): string | undefined;
  tokenToId(token: string): number | undefined;
  /** Decoder that is fed token by token. */
  stream(options?: DecodeOptions): TokenStream;
  /**
   * [vocabSize] u8: 1 where sampling must not go, i.e. all special and unused ids except `allowed`.
   * A sampled image placeholder would have no picture behind it.
   */
  suppressed(vocabSize: number, allowed: readonly number[]): Uint8Array;
}

export interface DecodeOptions {
  readonly skipSpecial?: boolean;
}

export interface TokenStream {
  /** Text that became final with this token; empty while a character is incomplete. */
  push(id: number): string;
  /** What is left: incomplete bytes come out as U+FFFD. */
  end(): string;
}

/**
 * Loads the tokenizer of a model folder.
 * @throws LabError `tokenizer/invalid`, `file/*`.
 */
export function readTokenizer(folder: string): Tokenizer {
  checkFolder(folder);
  const path = fileInFolder(folder, 'tokenizer.json');
  const json = readJsonFile(path);
  const configPath = optionalFileInFolder(folder, 'tokenizer_config.json');
  const config =
    configPath === undefined ? {} : readJsonFile(configPath, { maxBytes: 8 * 2 ** 20 });
  return createTokenizer(json, config, path);
}

/** As {@link readTokenizer}, from parsed JSON. */
export function createTokenizer(
  json: unknown,
  configJson: unknown,
  source = 'tokenizer',
): Tokenizer {
  const parsed = tokenizerSchema.safeParse(json);
  if (!parsed.success) invalid(source, z.prettifyError(parsed.error));
  const config = configSchema.safeParse(configJson);
  if (!config.success) invalid(`${source} configuration`, z.prettifyError(config.error));
  const { normalizer, pre_tokenizer, post_processor, model } = parsed.data;
  for (const part of [normalizer, pre_tokenizer, post_processor]) checkPatterns(part, source);
  checkVocabulary(model.vocab, source);
  checkMerges(model.merges, model.vocab, source);
  const bpe = build(parsed.data, config.data, source);

  const added = parsed.data.added_tokens ?? [];
  const texts: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) texts[id] = token;
  for (const { id, content } of added) texts[id] = content;
  const specials = new Set(added.filter((token) => token.special).map((token) => token.id));
  const bytes: (Uint8Array | undefined)[] = [];
  const bytesOf = (id: number) => {
    bytes[id] ??= tokenBytes(texts[id] ?? '');
    return bytes[id];
  };
  const textOf = (token: z.infer<typeof tokenText>) => {
    return typeof token === 'string' ? token : token?.content;
  };
  const special = {
    bos_token: textOf(config.data.bos_token),
    eos_token: textOf(config.data.eos_token),
    pad_token: textOf(config.data.pad_token),
  };
  const idOf = (text: string | undefined) =>
    text === undefined ? undefined : bpe.token_to_id(text);

  function stream({ skipSpecial = false }: DecodeOptions = {}): TokenStream {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      push: (id) => {
        if (skipSpecial && specials.has(id)) return '';
        return decoder.decode(bytesOf(id), { stream: true });
      },
      end: () => decoder.decode(),
    };
  }

  return {
    size: texts.length,
    eosId: idOf(special.eos_token),
    padId: idOf(special.pad_token),
    special,
    specialIds: [...specials].sort((a, b) => a - b),
    encode: (text) => {
      if (text.length > MAX_TEXT_CHARACTERS) {
        invalid(source, `text of ${text.length} characters, at most ${MAX_TEXT_CHARACTERS}`);
      }
      if (text === '') return [];
      try {
        return withTimeLimit(
          `tokenizing with ${source}`,
          ENCODE_LIMIT_MS,
          () => bpe.encode(text).ids,
        );
      } catch (cause) {
        // A normalizer may let a text grow beyond every limit.
        if (cause instanceof RangeError)
          invalid(source, `a text cannot be encoded (${cause.message})`);
        throw cause;
      }
    },
    decode: (ids, options) => {
      const out = stream(options);
      return Array.from(ids, (id) => out.push(id)).join('') + out.end();
    },
    idToToken: (id) => texts[id],
    tokenToId: (token) => bpe.token_to_id(token),
    stream,
    suppressed: (vocabSize, allowed) => {
      const mask = new Uint8Array(vocabSize);
      for (let id = 0; id < vocabSize; id++)
        mask[id] = texts[id] === undefined || specials.has(id) ? 1 : 0;
      for (const id of allowed) mask[id] = 0;
      return mask;
    },
  };
}

/** The text of every token; one that ends inside a character has none, the next one the whole. */
export function tokenTexts(tokenizer: Tokenizer, ids: ArrayLike<number>): string[] {
  const stream = tokenizer.stream();
  const texts = Array.from(ids, (id) => stream.push(id));
  const rest = stream.end();
  const last = texts.pop();
  return last === undefined ? [] : [...texts, last + rest];
}

function isVocabulary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id <= MAX_TOKEN_ID);
}

/** One id, one token: with two the text of a completion would not be what the model wrote. */
function checkVocabulary(vocab: Readonly<Record<string, number>>, source: string): void {
  const tokenOf = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    const other = tokenOf.get(id);
    if (other !== undefined) {
      invalid(source, `id ${id} belongs to ${quote(other)} and to ${quote(token)}`);
    }
    tokenOf.set(id, token);
  }
}

/** Both halves of a merge and what they become are tokens, as Hugging Face asks as well. */
function checkMerges(
  merges: readonly (string | readonly string[])[],
  vocab: Readonly<Record<string, number>>,
  source: string,
): void {
  for (const merge of merges) {
    const [left, right, ...rest] = typeof merge === 'string' ? merge.split(' ') : merge;
    const isKnown = (token: string) => Object.hasOwn(vocab, token);
    if (left !== undefined && right !== undefined && rest.length === 0) {
      if (isKnown(left) && isKnown(right) && isKnown(left + right)) continue;
    }
    invalid(source, `merge ${quote(JSON.stringify(merge))} names no tokens of the vocabulary`);
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function build(json: object, config: object, source: string): BpeTokenizer {
  try {
    return new BpeTokenizer(json, config);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('tokenizer/invalid', `[tokenizer] ${source}: ${reason}`, { cause });
  }
}

/** Checks every `{ "Regex": ... }` wherever it stands. Nesting is bounded by the JSON reader. */
function checkPatterns(part: unknown, source: string): void {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    if (key === 'Regex' && typeof value === 'string') checkSafePattern(value, source);
    else checkPatterns(value, source);
  }
}

function invalid(source: string, problem: string): never {
  throw new LabError('tokenizer/invalid', `[tokenizer] ${source}: ${problem}`, {
    hint: 'The engine reads byte-level BPE tokenizers, as all models of the Qwen2.5 family have.',
  });
}
