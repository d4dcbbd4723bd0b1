/**
 * Rollouts as lines of a run's rollout files: what was asked, what the model wrote token by token,
 * how it was judged and by how much it is pushed. Reads without model or data; pictures are named,
 * not copied.
 */
import type { RolloutRow } from '../../shared/protocol/results.ts';
import type { RowMessage } from '../../shared/protocol/rows.ts';
import type { Item } from '../data/item.ts';
import type { ItemMessage } from '../data/messages.ts';
import type { Rollout } from '../loop/online-types.ts';
import { type Tokenizer, tokenTexts } from '../tokenizer/tokenizer.ts';

export interface RowContext {
  readonly tokenizer: Tokenizer;
  readonly terms: readonly string[];
  /** By the id of the prompt. */
  itemOf(prompt: string): Item | undefined;
}

/** One line of a rollout file each; groups are numbered in the order of the rollouts. */
export function rolloutRows(rollouts: readonly Rollout[], context: RowContext): RolloutRow[] {
  const groups = new Map<string, number>();
  return rollouts.map((rollout) => {
    const { id } = rollout.prompt;
    const group = groups.get(id) ?? groups.size;
    groups.set(id, group);
    return rolloutRow(rollout, group, context);
  });
}

function rolloutRow(
  rollout: Rollout,
  group: number,
  { tokenizer, terms, itemOf }: RowContext,
): RolloutRow {
  const item = itemOf(rollout.prompt.id);
  const { ids, logprobs, entropy, finish } = rollout.completion;
  return {
    prompt: rollout.prompt.id,
    group,
    sample: rollout.sample,
    text: rollout.text,
    question: item?.question ?? '',
    ...(item?.messages === undefined ? {} : { messages: writtenMessages(item.messages) }),
    images: [...(item?.media ?? [])],
    world: item?.world ?? null,
    task: item?.task ?? '',
    difficulty: item?.difficulty ?? null,
    target: item?.answer ?? '',
    extracted: rollout.extracted,
    right: rollout.isRight,
    reward: finite(rollout.reward),
    terms: rollout.terms.map(finite),
    term_names: [...terms],
    advantage: finite(rollout.advantage),
    finish,
    ids: [...ids],
    tokens: tokenTexts(tokenizer, ids),
    logprobs: rounded(logprobs),
    ref_logprobs: rollout.refLogprobs === undefined ? null : rounded(rollout.refLogprobs),
    entropy: rounded(entropy),
  };
}

function rounded(values: Float32Array): (number | null)[] {
  return Array.from(values, (value) =>
    Number.isFinite(value) ? Math.round(value * 10_000) / 10_000 : null,
  );
}

/** In the form of a data row, so that it can be asked again. */
function writtenMessages(messages: readonly ItemMessage[]): RowMessage[] {
  return messages.map(({ role, content }) => ({ role, content: [...content] }));
}

/** JSON has no NaN. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
