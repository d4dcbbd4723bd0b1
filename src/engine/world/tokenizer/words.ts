/**
 * The lexicon of the bundled tokenizer: every word here becomes one token with a leading space,
 * and those that open a question or a message also without one. Order is training priority only.
 * Changing any list changes token ids, so a checkpoint trained before no longer fits.
 */
import { COLOURS, NAMES, NUMBERS, SHAPES } from '../lexicon.ts';

/** Letters that name columns and stations. */
export const LETTERS = [...'abcdefgh'];

/** Words of questions, answers and thoughts of the task families. */
const TASK_WORDS = `
  right left below above up down stop row column cell empty path from to at in of the is what
  which where who when how many and or not no yes colour shape count more most fewer equal
  than total box point all any each there turn around mirror sideways upright shift same
  moved picture first second third fourth last piece order pieces route line via station
  change bar tall tallest shortest plus minus value highest lowest time hour hand minute
  before after swap has have gets gives frame frames between came gone turned became goes
  happened appear vanish step read describe next then so start end tag clock chart map
  points stands half past over with clip
`
  .trim()
  .split(/\s+/);

/** Everyday words of hand-written thoughts. */
const PROSE_WORDS = `
  it we i you go now here see look looks find found move moves that this means because wait
  check again hmm ok done answer therefore edge wraps round back on out was be are by for me
  my let lands land reach ends sends takes also but only two both other still too one as if
  wrong correct true false think please question image shows says sit sits a an
`
  .trim()
  .split(/\s+/);

/** Words that may open a question or a message, where no space precedes them. */
export const OPENERS = [
  'path',
  'step',
  'describe',
  'read',
  'what',
  'which',
  'where',
  'who',
  'when',
  'how',
  'box',
  'point',
  'route',
  'order',
  'count',
  'more',
  'swap',
  'user',
  'assistant',
  'system',
  ...NAMES,
  ...COLOURS,
] as const;

/** Every word that is one token after a space. */
export const SPACED_WORDS: readonly string[] = [
  ...new Set([
    ...COLOURS,
    ...SHAPES,
    ...NUMBERS,
    ...NAMES,
    ...LETTERS,
    ...TASK_WORDS,
    ...PROSE_WORDS,
  ]),
];

/** Tags of completions: single tokens, but ordinary text (decoded, never skipped). */
export const TAGS = [
  '<think>',
  '</think>',
  '<answer>',
  '</answer>',
  '<observe>',
  '</observe>',
  '<caption>',
  '</caption>',
  '<context>',
  '</context>',
  '<box>',
  '</box>',
  '<point>',
  '</point>',
  '<time>',
  '</time>',
  '<rethink>',
  '</rethink>',
  '<search>',
  '</search>',
  '<info>',
  '</info>',
] as const;

/**
 * Cells of a 4x4 grid with their leading space, one token each: the Qwen2 split never joins a letter
 * and a digit, and a model of this size learns to look a cell up by name only when the name is whole.
 */
export const CELLS: readonly string[] = [...'1234'].flatMap((row) =>
  [...'abcd'].map((column) => ` ${column}${row}`),
);

/** Qwen2.5-VL's special tokens in its order; they take the last ids. */
export const SPECIALS = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|object_ref_start|>',
  '<|object_ref_end|>',
  '<|box_start|>',
  '<|box_end|>',
  '<|quad_start|>',
  '<|quad_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
  '<|video_pad|>',
] as const;
