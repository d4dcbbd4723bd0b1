/**
 * Prompt, completion and rejected completion from whatever columns a form spreads them over. Comes in:
 * column values. Goes out: the turns of the prompt, and the two completions as text.
 */
import type { MessageTags } from '../../../shared/model/import.ts';
import { kindOf, rowProblem } from './row-problem.ts';
import { plainText } from './scalars.ts';
import { isTurns, readTurns, type Turn, textTurn } from './turns.ts';

export interface PromptColumns {
  readonly messages: unknown;
  readonly prompt: unknown;
  readonly system: unknown;
  readonly history: unknown;
}

/** Alpaca's `input` follows the instruction on a line of its own. */
export function joinInput(prompt: unknown, input: unknown): unknown {
  const text = plainText(input);
  if (text === null || text === '') return prompt;
  const first = plainText(prompt);
  return first === null || first === '' ? text : `${first}\n${text}`;
}

/** @throws LabError `dataset/bad-row` */
export function promptTurns(columns: PromptColumns, tags: MessageTags): Turn[] {
  const turns: Turn[] = historyTurns(columns.history);
  if (columns.messages !== undefined) turns.push(...readTurns(columns.messages, tags));
  if (columns.prompt !== undefined) {
    if (isTurns(columns.prompt)) turns.push(...readTurns(columns.prompt, tags));
    else turns.push(textTurn('user', plainText(columns.prompt) ?? ''));
  }
  const system = plainText(columns.system);
  if (system !== null && system !== '' && turns[0]?.role !== 'system') {
    turns.unshift(textTurn('system', system));
  }
  return turns;
}

/** `[[question, answer], ..]` */
function historyTurns(value: unknown): Turn[] {
  const list: unknown = typeof value === 'string' && value !== '' ? JSON.parse(value) : value;
  if (list === undefined || list === null || list === '') return [];
  if (!Array.isArray(list))
    throw rowProblem(`expected a list of pairs as history, got ${kindOf(list)}`);
  return list.flatMap((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw rowProblem('a history entry that is no pair');
    return [
      textTurn('user', plainText(pair[0]) ?? ''),
      textTurn('assistant', plainText(pair[1]) ?? ''),
    ];
  });
}

export interface Pair {
  readonly turns: Turn[];
  /** The chosen completion as its column has it, or as turns when it was taken apart here. */
  readonly chosen: { readonly raw: unknown } | { readonly turns: Turn[] };
  readonly rejected: string | null;
}

/**
 * Completions that repeat the whole conversation leave their common beginning to the prompt (TRL's
 * implicit prompt).
 */
export function splitPair(
  turns: Turn[],
  chosen: unknown,
  rejected: unknown,
  tags: MessageTags,
): Pair {
  const raw = { raw: chosen };
  if (rejected === undefined) return { turns, chosen: raw, rejected: null };
  if (!isTurns(rejected)) return { turns, chosen: raw, rejected: plainText(rejected) };
  const lost = readTurns(rejected, tags);
  if (turns.length > 0 || !isTurns(chosen)) return { turns, chosen: raw, rejected: lastText(lost) };
  const won = readTurns(chosen, tags);
  const most = Math.min(won.length, lost.length) - 1;
  let common = 0;
  while (common < most && isSame(won[common], lost[common])) common++;
  return {
    turns: won.slice(0, common),
    chosen: { turns: won.slice(common) },
    rejected: lastText(lost.slice(common)),
  };
}

function isSame(a: Turn | undefined, b: Turn | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export interface OwnCompletion {
  readonly turns: Turn[];
  readonly text: string | null;
  /** What else the source says of the completion's turn. */
  readonly extra?: Record<string, unknown>;
}

/** The completion: its own column, else the last turn of the conversation when the model speaks it. */
export function completionOf(
  turns: Turn[],
  chosen: Pair['chosen'],
  tags: MessageTags,
): OwnCompletion {
  if ('turns' in chosen) return withLast([...turns, ...chosen.turns]);
  const { raw } = chosen;
  if (raw === undefined) {
    return turns.at(-1)?.role === 'assistant' ? withLast(turns) : { turns, text: null };
  }
  if (!isTurns(raw)) return { turns, text: plainText(raw) };
  return withLast([...turns, ...readTurns(raw, tags)]);
}

function withLast(turns: Turn[]): OwnCompletion {
  const last = turns.at(-1);
  const text = lastText(turns);
  const extra = last?.extra;
  return { turns: turns.slice(0, -1), text, ...(extra === undefined ? {} : { extra }) };
}

function lastText(turns: readonly Turn[]): string {
  let text = '';
  for (const part of turns.at(-1)?.content ?? []) {
    if (part.type !== 'text') throw rowProblem(`a completion with a part of type ${part.type}`);
    text += part.text;
  }
  return text;
}
