/**
 * A policy's answers to items and what they amount to: accuracy with its interval, by slice, length
 * and form. Greedy unless the draws say otherwise; the same items in the same order every time, so
 * two evaluations can be compared pair by pair.
 */
import { type Draws, promptOf, type TextParts, toSampling, toText } from '../bundle/bundle.ts';
import type { Item } from '../data/item.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import type { Policy } from '../policy/policy.ts';
import { compileReward, rewardSlot } from '../reward/index.ts';
import { Rng } from '../rng.ts';
import { generate } from '../rollout/generate.ts';
import { wilsonInterval } from './statistics.ts';

export interface Answered {
  readonly item: Item;
  readonly text: string;
  readonly isRight: boolean;
  /** In the form <think>..</think><answer>..</answer>. */
  readonly isFormatted: boolean;
  readonly tokens: number;
}

export interface Tally {
  readonly n: number;
  readonly accuracy: number;
  readonly ci95: readonly [number, number];
  readonly format: number;
  readonly lengthTokens: number;
}

export interface EvaluateOptions {
  readonly draws: Draws;
  readonly seed: number;
  /** Items answered side by side. */
  readonly batch?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const BATCH = 64;
const PREPARE_LIMIT_MS = 60_000;

export async function answerItems(
  policy: Policy,
  parts: TextParts,
  items: readonly Item[],
  options: EvaluateOptions,
): Promise<Answered[]> {
  const settings = toSampling(parts, options.draws);
  const stream = Rng.from(options.seed).fork('evaluation');
  const batch = options.batch ?? BATCH;
  const answered: Answered[] = [];
  for (let start = 0; start < items.length; start += batch) {
    const part = items.slice(start, start + batch);
    const requests = withTimeLimit('preparing prompts', PREPARE_LIMIT_MS, () =>
      part.map((item) => ({
        prompt: promptOf(parts, item),
        seed: BigInt(stream.fork(item.id).bits()),
      })),
    );
    const completions = await generate(
      policy,
      requests,
      settings,
      options.signal === undefined ? {} : { signal: options.signal },
    );
    completions.forEach((completion, i) => {
      const item = part[i];
      if (item !== undefined)
        answered.push(judge(item, toText(parts, completion.ids), completion.ids.length));
    });
    options.onProgress?.(answered.length, items.length);
  }
  return answered;
}

/** Right answer, right form: the two questions every report asks, whatever the run was trained on. */
const REPORT = compileReward(
  rewardSlot.parse({ terms: [{ kind: 'answer-accuracy' }, { kind: 'format-tags' }] }),
);

function judge(item: Item, text: string, tokens: number): Answered {
  const [right, formatted] = REPORT.score(item, { text, tokens }).terms;
  return { item, text, isRight: right === 1, isFormatted: formatted === 1, tokens };
}

export function tally(answered: readonly Answered[]): Tally {
  const right = answered.filter((entry) => entry.isRight).length;
  const mean = (value: (entry: Answered) => number) =>
    answered.reduce((sum, entry) => sum + value(entry), 0) / Math.max(1, answered.length);
  return {
    n: answered.length,
    accuracy: right / Math.max(1, answered.length),
    ci95: wilsonInterval(right, answered.length),
    format: mean((entry) => (entry.isFormatted ? 1 : 0)),
    lengthTokens: mean((entry) => entry.tokens),
  };
}

/** A tally as JSON lines carry it. */
export type TallyRow = Omit<Tally, 'lengthTokens'> & { readonly length_tokens: number };

export function tallyRow({ lengthTokens, ...rest }: Tally): TallyRow {
  return { ...rest, length_tokens: lengthTokens };
}

/** Tallies by a name per item, in order of first appearance. */
export function tallyBy(
  answered: readonly Answered[],
  nameOf: (item: Item) => string,
): Record<string, Tally> {
  const groups = new Map<string, Answered[]>();
  for (const entry of answered) {
    const name = nameOf(entry.item);
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return Object.fromEntries([...groups].map(([name, entries]) => [name, tally(entries)]));
}
