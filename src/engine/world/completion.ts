/**
 * The form of a completion: `<think> ...</think><answer> ...</answer>`, or the answer alone.
 * Every word carries its leading space, so a word is the same token wherever it stands.
 */

/** What a completion says and whether it keeps to the form. */
export interface ParsedCompletion {
  readonly thought: string | undefined;
  readonly answer: string | undefined;
  /** Exactly one thought, then exactly one answer, nothing else. */
  readonly wellFormed: boolean;
}

export function thoughtful(thought: string, answer: string): string {
  return `<think> ${thought}</think><answer> ${answer}</answer>`;
}

export function direct(answer: string): string {
  return `<answer> ${answer}</answer>`;
}

/** Reads any text; the last complete answer counts, as a reader would take it. */
export function parseCompletion(text: string): ParsedCompletion {
  const whole = /^\s*<think>([^<]*)<\/think>\s*<answer>([^<]*)<\/answer>\s*$/.exec(text);
  if (whole !== null)
    return { thought: whole[1]?.trim(), answer: whole[2]?.trim(), wellFormed: true };
  const close = text.lastIndexOf('</answer>');
  const open = close < 0 ? -1 : text.lastIndexOf('<answer>', close);
  const answer = open < 0 ? undefined : text.slice(open + '<answer>'.length, close).trim();
  const thought = /<think>([^<]*)<\/think>/.exec(text)?.[1]?.trim();
  return { thought, answer, wellFormed: false };
}
