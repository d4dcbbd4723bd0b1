/**
 * Finds tagged blocks in a completion. Linear time and no regular expressions, because the text is
 * whatever a model wrote: nested, unclosed, repeated a thousand times.
 */

export interface TagBlock {
  /** Between the tags. */
  readonly content: string;
  /** Index of `<`. */
  readonly start: number;
  /** Index after the closing `>`. */
  readonly end: number;
}

/** True if `needle` occurs in `text` exactly once. */
function occursOnce(text: string, needle: string): boolean {
  const first = text.indexOf(needle);
  return first >= 0 && text.indexOf(needle, first + 1) < 0;
}

/**
 * The block `<tag>...</tag>` if the text has exactly one opening and one closing tag, in that order;
 * otherwise undefined. Two answers are no answer: a policy must not be paid for listing all of them.
 */
export function findOnlyBlock(text: string, tag: string): TagBlock | undefined {
  const open = `<${tag}>`;
  const close = `</${tag}>`;
  if (!occursOnce(text, open) || !occursOnce(text, close)) return undefined;
  const start = text.indexOf(open);
  const closeAt = text.indexOf(close);
  if (closeAt < start + open.length) return undefined;
  return { content: text.slice(start + open.length, closeAt), start, end: closeAt + close.length };
}

/** True if the text contains an opening or a closing `tag`. */
export function mentionsTag(text: string, tag: string): boolean {
  return text.includes(`<${tag}>`) || text.includes(`</${tag}>`);
}
