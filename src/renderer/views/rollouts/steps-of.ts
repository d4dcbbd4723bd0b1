/**
 * A completion cut into the steps a person reads: lines or sentences of the thought, then the answer.
 * Text comes in, steps in order go out; together they hold every word of it.
 */

const END = /(?<=[.!?;])\s+|\n+/;
/** A thought without sentences is cut after this many words. */
const WORDS = 8;

export function stepsOf(completion: string): string[] {
  const bare = completion.replace(/<\/?think>/g, '\n').replace(/(<answer>)/g, '\n$1');
  const pieces = bare
    .split(END)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
  return pieces.flatMap((piece) => {
    const words = piece.split(/\s+/);
    if (words.length <= WORDS * 2) return [piece];
    const cut: string[] = [];
    for (let at = 0; at < words.length; at += WORDS)
      cut.push(words.slice(at, at + WORDS).join(' '));
    return cut;
  });
}
