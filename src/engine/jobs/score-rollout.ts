/**
 * Completions under a policy, token by token: log-probability, entropy, the likeliest tokens in each
 * place, and the log-probability under a reference. What a rollout board shows beside what the
 * rollout file holds.
 */
import { LabError } from '../../shared/errors.ts';
import { type JobParams, jobParams } from '../../shared/protocol/jobs.ts';
import { promptOf } from '../bundle/bundle.ts';
import { rowItem } from '../data/row-item.ts';
import { scoreWithAlternatives } from '../policy/alternatives.ts';
import type { PromptTree } from '../policy/tree.ts';
import { tokenTexts } from '../tokenizer/tokenizer.ts';
import { withInstruction } from '../training/assemble.ts';
import { defineJob, type JobContext } from './define.ts';
import { type LoadedModel, loadedModel } from './loaded-models.ts';

type Params = JobParams<'score-rollout'>;

export const scoreRollout = defineJob({
  name: 'score-rollout',
  params: jobParams['score-rollout'],
  async run(context, params) {
    const model = loadedModel(params.model, params);
    const reference =
      params.reference === undefined ? undefined : loadedModel(params.reference, params);
    for (const [index, row] of params.rows.entries()) {
      context.signal.throwIfAborted();
      const tree = await treeOf(model, row, params);
      await emitScores(context, { index, tree, model, reference, params });
      context.emit({ type: 'progress', stage: 'rows', done: index + 1, total: params.rows.length });
    }
    return { ok: true };
  },
});

async function treeOf(
  { bundle }: LoadedModel,
  row: Params['rows'][number],
  { mediaFolder }: Params,
): Promise<PromptTree> {
  const place = { root: mediaFolder ?? '.', name: 'row', fallbackId: '0' };
  const item = withInstruction(await rowItem(row.sample, place), row.suffix);
  const { vocabSize } = bundle.config.text;
  for (const id of row.completions.flat()) {
    if (id < vocabSize) continue;
    throw new LabError(
      'dataset/bad-row',
      `[score] token id ${id} lies outside the model's vocabulary of ${vocabSize}`,
      { hint: 'Choose a model with the tokenizer of the run.' },
    );
  }
  return {
    prompt: promptOf(bundle, item),
    branches: row.completions.map((ids) => Int32Array.from(ids)),
  };
}

interface Work {
  readonly index: number;
  readonly tree: PromptTree;
  readonly model: LoadedModel;
  readonly reference: LoadedModel | undefined;
  readonly params: Params;
}

async function emitScores(context: JobContext, work: Work): Promise<void> {
  const { index, tree, model, reference, params } = work;
  const { temperature, at } = params;
  const scores = await scoreWithAlternatives(model.policy, tree, {
    temperature,
    count: params.topAlternatives,
    at,
  });
  const others =
    reference === undefined
      ? undefined
      : await scoreWithAlternatives(reference.policy, tree, { temperature, count: 0, at: [] });
  const { tokenizer } = model.bundle;
  const textOf = (id: number) => tokenTexts(tokenizer, [id])[0] ?? '';
  for (const [completion, { logprobs, entropy, top }] of scores.entries()) {
    const ids = tree.branches[completion] ?? new Int32Array();
    const texts = tokenTexts(tokenizer, ids);
    const ref = others?.[completion]?.logprobs;
    const tokens = Array.from(ids, (id, i) => ({
      id,
      text: texts[i] ?? '',
      logprob: logprobs[i] ?? 0,
      entropy: entropy[i] ?? 0,
      refLogprob: ref?.[i] ?? null,
      top: (top[i] ?? []).map((entry) => ({ ...entry, text: textOf(entry.id) })),
    }));
    context.emit({ type: 'row', row: { row: index, completion, tokens } });
  }
}
