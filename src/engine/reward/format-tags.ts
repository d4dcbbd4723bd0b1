/**
 * 1 if the completion is exactly the listed blocks in order, each once, with only white space around
 * and between them; else 0. `<think>..</think><answer>..</answer>` is the form of DeepSeek-R1
 * (arXiv:2501.12948, section 2.2.2).
 */
import { z } from 'zod';
import { defineReward } from './define.ts';
import { findOnlyBlock } from './tags.ts';

export const formatTags = defineReward({
  id: 'format-tags',
  meaning: 'the completion keeps to the tag form',
  paper: 'arXiv:2501.12948',
  range: [0, 1],
  params: {
    tags: z
      .array(z.string().regex(/^[a-z][a-z0-9_]*$/))
      .min(1)
      .default(['think', 'answer'])
      .meta({ description: 'The blocks, in order.', isAdvanced: true }),
    prefix: z.string().default('').meta({
      description:
        'What the prompt already wrote of the form, e.g. <think>; put before the completion.',
      isAdvanced: true,
    }),
    filled: z
      .boolean()
      .default(true)
      .meta({ description: 'Refuse blocks with nothing in them.', isAdvanced: true }),
  },
  score(_sample, completion, { tags, prefix, filled }) {
    const text = prefix + completion.text;
    let at = 0;
    for (const tag of tags) {
      const block = findOnlyBlock(text, tag);
      if (block === undefined || block.start < at) return 0;
      if (text.slice(at, block.start).trim() !== '') return 0;
      if (filled && block.content.trim() === '') return 0;
      at = block.end;
    }
    return text.slice(at).trim() === '' ? 1 : 0;
  },
});
