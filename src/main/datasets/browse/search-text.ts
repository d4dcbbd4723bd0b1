/**
 * What a person typed into a search box, as an FTS5 expression that can only mean words. Every word
 * is quoted, so that operators and column names of FTS5 are plain text; words must all be there; text
 * in double quotes is a phrase; the last word may be a beginning.
 */

/** What the unicode61 tokenizer takes for a word. */
const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** @returns null when the text holds no word. */
export function searchExpression(text: string): string | null {
  const terms: string[] = [];
  let isOpenEnded = false;
  text.split('"').forEach((piece, index) => {
    const words = piece.match(WORDS) ?? [];
    if (words.length === 0) return;
    if (index % 2 === 1) {
      terms.push(`"${words.join(' ')}"`);
      isOpenEnded = false;
      return;
    }
    for (const word of words) terms.push(`"${word}"`);
    isOpenEnded = /[\p{L}\p{N}\p{M}]$/u.test(piece);
  });
  if (terms.length === 0) return null;
  // A single letter begins too many words to be worth the wait.
  const last = terms.at(-1) ?? '';
  if (isOpenEnded && [...last].length > 3) terms[terms.length - 1] = `${last}*`;
  return terms.join(' ');
}
