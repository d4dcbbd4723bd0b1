/**
 * Regular expressions out of untrusted files: refused when they could backtrack for ever. JavaScript
 * cannot interrupt a match, so the shape of the pattern is what has to be safe.
 */
import { LabError } from '../../shared/errors.ts';

/** Far above the Qwen2 split pattern (about 120 characters). */
const MAX_LENGTH = 1000;
/** A match of k open-ended parts in a row may cost n^k steps. */
const MAX_OPEN_QUANTIFIERS = 4;

/**
 * Refuses back references, repeated groups (the source of exponential time) and branches with many
 * open-ended repetitions (polynomial time).
 * @throws LabError `file/unsafe` with the reason.
 */
export function checkSafePattern(pattern: string, source: string): void {
  const refuse = (why: string): never => {
    throw new LabError(
      'file/unsafe',
      `[pattern] ${source}: ${why} in ${JSON.stringify(pattern.slice(0, 120))}`,
      { hint: 'Such a pattern can take for ever on some text; simplify it.' },
    );
  };
  if (pattern.length > MAX_LENGTH) refuse(`${pattern.length} characters, at most ${MAX_LENGTH},`);
  let open = 0;
  let isInClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') {
      const next = pattern[i + 1] ?? '';
      if (!isInClass && /[1-9kgRX]/.test(next)) refuse('a back reference or subroutine');
      i++;
    } else if (isInClass) isInClass = c !== ']';
    else if (c === '[') {
      isInClass = true;
      // A bracket right after the opening one is a literal.
      if (pattern[i + 1] === ']') i++;
      else if (pattern[i + 1] === '^' && pattern[i + 2] === ']') i += 2;
    } else if (c === '|') open = 0;
    else if (isOpenQuantifier(pattern, i)) {
      if (pattern[i - 1] === ')' && pattern[i - 2] !== '\\') refuse('a repeated group');
      open++;
      if (open > MAX_OPEN_QUANTIFIERS)
        refuse(`more than ${MAX_OPEN_QUANTIFIERS} repetitions in a row`);
    }
  }
}

function isOpenQuantifier(pattern: string, at: number): boolean {
  const c = pattern[at];
  if (c === '*' || c === '+') return true;
  // {n,} and counted repetitions beyond a handful: repeating a group 30 times is as bad as for ever.
  const counted = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at, at + 24));
  if (!counted) return false;
  const most =
    counted[2] && !counted[3] ? Number.POSITIVE_INFINITY : Number(counted[3] || counted[1]);
  return most > 3;
}
