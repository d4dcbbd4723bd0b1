/** The bundled tokenizer: built from the lexicon, one token a word, ids as Hugging Face gives them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { makeSample, SPLITS, TASKS, type TaskId } from '../../../src/engine/world/index.ts';
import { applyMerges, trainBpe } from '../../../src/engine/world/tokenizer/bpe.ts';
import { buildTokenizer } from '../../../src/engine/world/tokenizer/build.ts';
import { SPECIALS, TAGS } from '../../../src/engine/world/tokenizer/words.ts';

const FOLDER = join(import.meta.dirname, '../../../resources/starter');
const files = buildTokenizer();
const tokenizer = new Tokenizer(files.tokenizer, files.config);
const ids = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;

describe('bundled tokenizer', () => {
  it('is what the build writes, byte for byte', () => {
    expect(readFileSync(join(FOLDER, 'tokenizer.json'), 'utf8')).toBe(
      `${JSON.stringify(files.tokenizer, null, 1)}\n`,
    );
    expect(JSON.parse(readFileSync(join(FOLDER, 'tokenizer_config.json'), 'utf8'))).toEqual(
      files.config,
    );
    expect(readFileSync(join(FOLDER, 'chat_template.jinja'), 'utf8')).toBe(files.chatTemplate);
  });

  it('gives the ids of Hugging Face tokenizers', () => {
    const reference: { text: string; ids: number[] }[] = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../fixtures/world/tokenizer-ids.json'), 'utf8'),
    );
    for (const { text, ids: expected } of reference) {
      expect(ids(text), text).toEqual(expected);
      expect(
        tokenizer.decode(expected, {
          skip_special_tokens: false,
          clean_up_tokenization_spaces: false,
        }),
      ).toBe(text.normalize('NFC'));
    }
  });

  it('has one id for every tag and special, in the order of Qwen2.5-VL at the end', () => {
    expect(SPECIALS.map((special) => ids(special))).toEqual(
      SPECIALS.map((_, index) => [1010 + index]),
    );
    for (const tag of TAGS) expect(ids(tag), tag).toHaveLength(1);
    for (const digit of '0123456789') expect(ids(digit)).toHaveLength(1);
  });

  it('takes one token for every word of every task', () => {
    for (const task of Object.keys(TASKS) as TaskId[]) {
      // Object.keys widens to string
      for (const split of SPLITS) {
        const {
          question,
          answer,
          steps,
          caption,
          patchLabels = [],
        } = makeSample({ task, split, seed: 1, index: 0 });
        const texts = [
          question,
          ` ${answer}`,
          ` ${steps.join(' ')}`,
          ` ${caption}`,
          ...patchLabels.flat().map((word) => ` ${word}`),
        ];
        for (const piece of texts.flatMap(
          (text) => text.match(/ ?[a-z]+(?![0-9a-z])| [a-d][1-4]/g) ?? [],
        )) {
          expect(ids(piece), `${task}: ${JSON.stringify(piece)}`).toHaveLength(1);
        }
      }
    }
  });

  it('frames a question in a dozen tokens beside the picture', () => {
    const template = new Template(files.chatTemplate);
    const content = [{ type: 'image' }, { type: 'text', text: 'path from c3' }];
    const prompt = template.render({
      messages: [{ role: 'user', content }],
      add_generation_prompt: true,
    });
    expect(prompt).toBe(
      '<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>path from c3<|im_end|><|im_start|>assistant\n',
    );
    expect(ids(prompt).length).toBeLessThanOrEqual(13);
    expect(
      template.render({
        messages: [
          { role: 'system', content: 'x' },
          { role: 'user', content: 'y' },
        ],
      }),
    ).toBe('<|im_start|>system\nx<|im_end|><|im_start|>user\ny<|im_end|>');
  });
});

describe('BPE training', () => {
  it('merges the commonest pair first, ties by spelling', () => {
    const merges = trainBpe({
      pieces: new Map([
        ['abab', 2],
        ['cd', 3],
        ['ab', 1],
      ]),
      whole: ['ab'],
      maxMerges: 2,
    });
    expect(merges).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(applyMerges('abcd', merges)).toEqual(['ab', 'cd']);
  });

  it('refuses a lexicon that does not fit', () => {
    expect(() =>
      trainBpe({ pieces: new Map([['abcdef', 1]]), whole: ['abcdef'], maxMerges: 2 }),
    ).toThrow(/leave 1 words split/);
  });
});
