/**
 * How answer text is read: one normal form for comparing words, one strict reading of numbers.
 * Digits are ASCII after NFKC (so full-width digits count, other scripts' digits do not); the words
 * zero to twenty are numbers; `nan`, `inf` and hexadecimal never are.
 */

const NUMBER_WORDS = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ' +
  'sixteen seventeen eighteen nineteen twenty'
).split(' ');

/** NFKC, lower case, single spaces, without quotes or a full stop around the whole. */
export function normaliseText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[\s"'`]+|[\s"'`.]+$/g, '');
}

const NUMBER = /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d{1,3})?$/;

/**
 * A finite number that is the whole text (`-3`, `1,200`, `2.5e3`, `3/4`, `40%` as 0.4), or undefined.
 * Digits set apart by spaces (`1 2`, one token each) are one number.
 */
export function parseNumber(text: string): number | undefined {
  const spaced = normaliseText(text).replace(/^\$/, '').trim();
  const plain = /^\d(?: \d)+$/.test(spaced) ? spaced.replaceAll(' ', '') : spaced;
  const word = NUMBER_WORDS.indexOf(plain);
  if (word >= 0) return word;
  if (plain.endsWith('%')) {
    const percent = parseNumber(plain.slice(0, -1));
    return percent === undefined ? undefined : percent / 100;
  }
  const parts = plain.split('/');
  if (parts.length === 2) {
    const [over, under] = parts.map(parsePlain);
    if (over === undefined || under === undefined || under === 0) return undefined;
    return over / under;
  }
  return parsePlain(plain);
}

function parsePlain(text: string): number | undefined {
  if (!/\d/.test(text) || !NUMBER.test(text.trim())) return undefined;
  const value = Number(text.trim().replaceAll(',', ''));
  return Number.isFinite(value) ? value : undefined;
}

const NUMBERS_IN_TEXT = new RegExp(
  `(?<![\\w.])-?\\d+(?:\\.\\d+)?|(?<=[\\d\\w]-)\\d+(?:\\.\\d+)?|\\b(?:${NUMBER_WORDS.join('|')})\\b`,
  'g',
);

/**
 * Every number in the text in order, words (zero to twenty) included; a minus counts as a sign only
 * where it cannot be a dash (`2-5` is 2, 5).
 */
export function listNumbers(text: string): number[] {
  const found = normaliseText(text).match(NUMBERS_IN_TEXT) ?? [];
  return found
    .map((word) => (NUMBER_WORDS.includes(word) ? NUMBER_WORDS.indexOf(word) : Number(word)))
    .filter(Number.isFinite);
}

/** Items of a list answer: split at commas, semicolons, arrows, the word `and`, or else at white space. */
export function listItems(text: string): string[] {
  const plain = normaliseText(text).replace(/^[[({]+|[\])}]+$/g, '');
  const separated = /[,;|>\u2192]|\band\b|\bthen\b/.test(plain)
    ? plain.split(/\s*(?:[,;|]|-*>|\u2192|\band\b|\bthen\b)\s*/)
    : plain.split(' ');
  return separated.map((item) => item.trim()).filter((item) => item !== '');
}
