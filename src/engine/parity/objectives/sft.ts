/** `sft_entropy.json`: logits -> completion-only loss and its gradient, tempered log-probs, entropies. */
import { z } from 'zod';
import type { Computed } from './compare.ts';
import type { LogitChecker } from './logits.ts';

const matrix = z.array(z.array(z.number()).min(1)).min(1);

export const sftCase = z.looseObject({
  name: z.string(),
  params: z.looseObject({ temperature: z.number().positive() }),
  inputs: z.looseObject({ logits: z.array(matrix), input_ids: matrix, completion_mask: matrix }),
  expected: z.record(z.string(), z.unknown()),
});
type SftCase = z.output<typeof sftCase>;

export async function computeSftCase(logits: LogitChecker, item: SftCase): Promise<Computed> {
  const { inputs, params, expected } = item;
  const found = await logits.run({
    logits: inputs.logits,
    ids: inputs.input_ids,
    mask: inputs.completion_mask,
    temperature: params.temperature,
  });
  const length = inputs.input_ids[0]?.length ?? 0;
  const scoredSum = (column: ArrayLike<number>) =>
    found.scored.reduce((sum, on, at) => sum + (on > 0.5 ? (column[at] ?? Number.NaN) : 0), 0);
  const hits = inputs.logits.flatMap((rows, b) =>
    rows.map((row, t) => Number(argmax(row) === inputs.input_ids[b]?.[t + 1])),
  );
  const computed: Record<string, number | ArrayLike<number>> = {
    loss: found.loss,
    tokens: found.tokens,
    grad_logits: found.gradLogits,
    mean_token_accuracy: scoredSum(hits) / Math.max(1, found.tokens),
    logprobs_at_temperature: found.tempered.filter((_, at) => at % length !== length - 1),
    entropy_at_temperature: found.entropy,
    masked_mean_entropy: scoredSum(found.entropy) / Math.max(1, found.tokens),
  };
  for (const name of Object.keys(expected)) {
    const items = /^loss_with_num_items_in_batch_(\d+)$/.exec(name)?.[1];
    if (items !== undefined) computed[name] = (found.loss * found.tokens) / Number(items);
  }
  return computed;
}

function argmax(row: readonly number[]): number {
  return row.reduce(
    (best, value, at) => (value > (row[best] ?? Number.NEGATIVE_INFINITY) ? at : best),
    0,
  );
}
