/**
 * Builds the bundled tokenizer. In: the lexicon; out: the three files of a Hugging Face tokenizer in
 * Qwen2's form (NFC, Qwen2 split, byte-level BPE, specials last), as JSON-able data and one template.
 */
import { byteAlphabet, trainBpe } from './bpe.ts';
import { CELLS, OPENERS, SPACED_WORDS, SPECIALS, TAGS } from './words.ts';

/** Qwen2's pre-tokenisation; digits always stand alone. */
export const SPLIT_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Total ids, specials and tags included; the model's `vocab_size`. */
export const VOCABULARY = 1024;

/** Weight of words with and without a leading space in BPE training: the former are far commoner. */
const SPACED_WEIGHT = 8;
const OPENER_WEIGHT = 2;
/** Pieces beside words that are worth a token. */
const MARKS = ['.\n', ',\n', '\n\n', ' .', ' ,', ' ?', ' =', ' +', ' -', ' :', ' ->'];

export interface TokenizerFiles {
  readonly tokenizer: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly chatTemplate: string;
}

export function buildTokenizer(): TokenizerFiles {
  const whole = [...SPACED_WORDS.map((word) => ` ${word}`), ...new Set<string>(OPENERS)];
  const pieces = new Map<string, number>(
    whole.map((piece) => [piece, piece.startsWith(' ') ? SPACED_WEIGHT : OPENER_WEIGHT]),
  );
  for (const mark of MARKS) pieces.set(mark, 1);
  const ordinary = [...CELLS, ...TAGS];
  const firstAdded = VOCABULARY - SPECIALS.length - ordinary.length;
  const merges = trainBpe({ pieces, whole, maxMerges: firstAdded - 256 });
  const learned = [...byteAlphabet().sort(), ...merges.map(([left, right]) => left + right)];
  // Ids must run without a gap up to the added tokens, whose ids the model configuration fixes.
  const reserved = Array.from(
    { length: firstAdded - learned.length },
    (_, index) => `<|reserved_${index}|>`,
  );
  const added = [
    ...reserved.map((content, index) => addedToken(learned.length + index, content, true)),
    ...ordinary.map((content, index) => addedToken(firstAdded + index, content, false)),
    ...SPECIALS.map((content, index) =>
      addedToken(firstAdded + ordinary.length + index, content, true),
    ),
  ];
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: { type: 'NFC' },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: SPLIT_PATTERN }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      post_processor: {
        type: 'ByteLevel',
        add_prefix_space: false,
        trim_offsets: false,
        use_regex: false,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(learned.map((token, id) => [token, id])),
        merges,
      },
    },
    config: {
      backend: 'tokenizers',
      bos_token: null,
      clean_up_tokenization_spaces: false,
      eos_token: '<|im_end|>',
      extra_special_tokens: SPECIALS.slice(1),
      model_max_length: 4096,
      pad_token: '<|endoftext|>',
      padding_side: 'left',
      processor_class: 'Qwen2_5_VLProcessor',
      tokenizer_class: 'TokenizersBackend',
      unk_token: null,
    },
    chatTemplate: CHAT_TEMPLATE,
  };
}

function addedToken(
  id: number,
  content: string,
  special: boolean,
): Readonly<Record<string, unknown>> {
  return {
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  };
}

/**
 * Qwen's chat frame without its default system prompt, which would cost more tokens than a question,
 * and without the line break between turns.
 * One line a concern; whitespace control keeps the frame exact.
 */
const CHAT_TEMPLATE = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' -}}
{%- if message['content'] is string -%}
{{- message['content'] -}}
{%- else -%}
{%- for content in message['content'] -%}
{%- if content['type'] == 'image' or 'image' in content or 'image_url' in content -%}
{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
{%- elif content['type'] == 'video' or 'video' in content -%}
{{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
{%- elif 'text' in content -%}
{{- content['text'] -}}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|im_end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
`;
