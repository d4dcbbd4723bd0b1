/** Ids, texts and prompts against Hugging Face (scripts/reference/tokenizer-cases.py), and hostile files. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  createChatTemplate,
  encodeChat,
  expandPlaceholders,
  readChatTemplate,
} from '../../../src/engine/tokenizer/chat-template.ts';
import { createTokenizer, readTokenizer } from '../../../src/engine/tokenizer/tokenizer.ts';
import { BENCH } from '../../support/public-fixture.ts';

interface DecodeCase {
  readonly ids: number[];
  readonly decoded: string;
  readonly decoded_skip_special: string;
}
interface Reference {
  readonly size: number;
  readonly special_ids: number[];
  readonly texts: (DecodeCase & { readonly text: string })[];
  readonly broken: DecodeCase[];
  readonly chats: {
    readonly messages: ChatMessage[];
    readonly add_generation_prompt?: boolean;
    readonly variables?: Record<string, unknown>;
    readonly text: string;
    readonly ids: number[];
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/tokenizer/bench.json', import.meta.url), 'utf8'),
) as Reference; // written by our own script
const tokenizer = readTokenizer(BENCH);
const template = readChatTemplate(BENCH, tokenizer);

describe('tokenizer', () => {
  it.each(reference.texts)('encodes $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  it.each([...reference.texts, ...reference.broken])('decodes case %#', (example) => {
    expect(tokenizer.decode(example.ids)).toBe(example.decoded);
    expect(tokenizer.decode(example.ids, { skipSpecial: true })).toBe(example.decoded_skip_special);
  });

  it('knows its special tokens', () => {
    expect(tokenizer.size).toBe(reference.size);
    expect(tokenizer.specialIds).toEqual(reference.special_ids);
    expect([tokenizer.eosId, tokenizer.padId]).toEqual([1012, 1010]);
    const mask = tokenizer.suppressed(1030, [1012]);
    expect([mask[5], mask[1012], mask[1022], mask[1023], mask[1029]]).toEqual([0, 0, 1, 1, 1]);
  });

  it('streams exactly what it decodes, never half a character', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1023 }), { maxLength: 40 }), (ids) => {
        const stream = tokenizer.stream();
        const parts = ids.map((id) => stream.push(id));
        expect(parts.join('') + stream.end()).toBe(tokenizer.decode(ids));
      }),
    );
    const ids = tokenizer.encode('\u{1F680}');
    const stream = tokenizer.stream();
    const parts = ids.map((id) => stream.push(id));
    expect(parts).toEqual([...new Array<string>(ids.length - 1).fill(''), '\u{1F680}']);
  });

  it('returns NFC text after a round trip', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.normalize('NFC'));
      }),
    );
  });
});

describe('chat template', () => {
  it.each(reference.chats)('renders chat %#', (chat) => {
    const options = {
      addGenerationPrompt: chat.add_generation_prompt ?? false,
      variables: chat.variables ?? {},
    };
    const text = template.render(chat.messages, options);
    expect(text).toBe(chat.text);
    expect(tokenizer.encode(text)).toEqual(chat.ids);
  });

  it('expands placeholders to the tokens of each picture', () => {
    const ids = encodeChat(
      tokenizer,
      template,
      [{ role: 'user', content: [{ type: 'image' }, { type: 'video' }, { type: 'image' }] }],
      { imageTokenId: 1022, videoTokenId: 1023, imageTokens: [3, 2], videoTokens: [4] },
    );
    const text = tokenizer.decode(ids);
    expect(text.match(/<\|image_pad\|>|<\|video_pad\|>/g)?.map((t) => t[2])).toEqual([
      ...'iiivvvvii',
    ]);
    const counts = { imageTokenId: 1022, videoTokenId: 1023, imageTokens: [1] };
    expect(() => expandPlaceholders([5], counts)).toThrow(/0 images and 0 videos, got 1 and 0/);
    expect(() => expandPlaceholders([1022, 1022], counts)).toThrow(
      expect.objectContaining({ code: 'dataset/bad-row' }),
    );
  });
});

describe('files of strangers', () => {
  const json = () => JSON.parse(readFileSync(join(BENCH, 'tokenizer.json'), 'utf8'));
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
    cpSync(BENCH, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    '(a+)+b',
    '(a|a)*b',
    '(x)\\1',
    '\\s*\\s*\\s*\\s*\\s*$',
    '(?:a{1,30}){20}',
    'a'.repeat(2000),
  ])('refuses split pattern %#', (pattern) => {
    const broken = json();
    broken.pre_tokenizer.pretokenizers[0].pattern.Regex = pattern;
    expect(() => createTokenizer(broken, {})).toThrow(
      expect.objectContaining({ code: 'file/unsafe' }),
    );
  });

  it('refuses absurd ids, other models, deep nesting and broken JSON', () => {
    const huge = json();
    huge.model.vocab.x = 1e300;
    expect(() => createTokenizer(huge, {})).toThrow(
      expect.objectContaining({ code: 'tokenizer/invalid' }),
    );
    const unigram = json();
    unigram.model = { type: 'Unigram', vocab: [] };
    expect(() => createTokenizer(unigram, {})).toThrow(
      expect.objectContaining({ code: 'tokenizer/invalid' }),
    );
    writeFileSync(join(folder, 'tokenizer.json'), '['.repeat(1e6));
    expect(() => readTokenizer(folder)).toThrow(expect.objectContaining({ code: 'file/unsafe' }));
    writeFileSync(join(folder, 'tokenizer.json'), '{"model": ');
    expect(() => readTokenizer(folder)).toThrow(expect.objectContaining({ code: 'file/corrupt' }));
  });

  it('reads a template from each place it may stand in', () => {
    const text = '{{ messages[0].content }}!';
    rmSync(join(folder, 'chat_template.jinja'));
    expect(() => readChatTemplate(folder, tokenizer)).toThrow(/no chat template/);
    const config = { chat_template: [{ name: 'default', template: `${text}?` }] };
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const say = () => readChatTemplate(folder, tokenizer).render([{ role: 'user', content: 'a' }]);
    expect(say()).toBe('a!?');
    writeFileSync(join(folder, 'chat_template.json'), JSON.stringify({ chat_template: text }));
    expect(say()).toBe('a!');
  });

  it('ends a template that does not end, and reports one that refuses', () => {
    const loop = '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}';
    expect(() => createChatTemplate(loop, tokenizer).render([])).toThrow(
      expect.objectContaining({ code: 'file/unsafe' }),
    );
    expect(() => createChatTemplate('{% if %}', tokenizer)).toThrow(
      expect.objectContaining({ code: 'tokenizer/invalid' }),
    );
    expect(() => createChatTemplate('{{ raise_exception("no") }}', tokenizer).render([])).toThrow(
      /no/,
    );
  });
});
