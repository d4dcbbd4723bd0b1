/**
 * Held-out accuracy while a run goes on: the evaluation slot of a recipe in, greedy answers of the
 * policy as it is now judged by the items' own verifiers, and a record with a 95 % interval out. The
 * same items every time, so that two steps can be compared.
 */
import type { EvaluationRecord } from '../../shared/protocol/results.ts';
import type { Item, ItemSource } from '../data/item.ts';
import { jsonlSource } from '../data/jsonl-source.ts';
import { worldSource } from '../data/world-source.ts';
import {
  type Answered,
  answerItems,
  type Tally,
  tally,
  tallyBy,
  tallyRow,
} from '../evaluation/evaluate.ts';
import type { ResolvedRecipe } from '../recipes/resolve.ts';
import { type Assembled, suffixed } from './assemble.ts';

export interface Evaluator {
  /** Files that cannot be read, or rows without an answer, are the same errors as in training. */
  evaluate(
    step: number,
    reason: EvaluationRecord['reason'],
    signal: AbortSignal,
  ): Promise<EvaluationRecord>;
}

/** Items whose pictures are in memory together. */
const CHUNK = 64;
const DEFAULT_TOKENS = 256;

/** Why a recipe has nothing to evaluate on; undefined where it has. */
export function whyNoEvaluation({ slots }: ResolvedRecipe): string | undefined {
  if (slots.evaluation.source !== 'data' || slots.data.source === 'world') return undefined;
  return "the run has no held-out data: set evaluation.source to a file, or to 'world'";
}

export function makeEvaluator(recipe: ResolvedRecipe, parts: Assembled): Evaluator | undefined {
  if (whyNoEvaluation(recipe) !== undefined) return undefined;
  const { evaluation } = recipe.slots;
  const cap = recipe.shape === 'online-rl' ? recipe.slots.rollout.maxCompletionTokens : undefined;
  const maxTokens = evaluation.maxTokens ?? cap ?? DEFAULT_TOKENS;
  let source: ItemSource | undefined;
  return {
    async evaluate(step, reason, signal) {
      const started = performance.now();
      source ??= openEvaluation(recipe);
      const n = Math.min(evaluation.n, source.count ?? Number.POSITIVE_INFINITY);
      const answered: Answered[] = [];
      for (let at = 0; at < n; at += CHUNK) {
        const items = await itemsOf(source, at, Math.min(n, at + CHUNK));
        const part = await answerItems(parts.policy, parts.bundle, items, {
          draws: { maxTokens, temperature: 0 },
          seed: evaluation.seed,
          batch: CHUNK,
          signal,
        });
        answered.push(...part.map(withoutPictures));
      }
      return recordOf(answered, { step, reason, seconds: (performance.now() - started) / 1000 });
    },
  };
}

/** The metrics of a record, by id. */
export function evaluationValues(record: EvaluationRecord): Record<string, number> {
  return {
    'evaluation/accuracy': record.accuracy,
    'evaluation/accuracy_low': record.ci95[0],
    'evaluation/accuracy_high': record.ci95[1],
    'evaluation/format_share': record.formatShare,
    'evaluation/length_tokens': record.lengthTokens,
  };
}

function openEvaluation({ slots: { data, evaluation } }: ResolvedRecipe): ItemSource {
  const { source, split, seed, tasks } = evaluation;
  if (source !== 'data' && source !== 'world')
    return suffixed(jsonlSource(source, data.mediaRoot ?? undefined), data.suffix);
  const isAsData = source === 'data' && Object.keys(tasks).length === 0;
  const items = worldSource({
    tasks: isAsData ? data.tasks : tasks,
    split,
    // The levels of `harder` are others than those of all other splits.
    difficulty:
      isAsData && (split === 'harder') === (data.split === 'harder') ? data.difficulty : null,
    seed,
  });
  return suffixed(items, data.suffix);
}

function itemsOf(source: ItemSource, from: number, to: number): Promise<Item[]> {
  return Promise.all(Array.from({ length: to - from }, (_, i) => source.at(from + i)));
}

function withoutPictures(answered: Answered): Answered {
  return { ...answered, item: { ...answered.item, images: [] } };
}

function recordOf(
  answered: readonly Answered[],
  about: Pick<EvaluationRecord, 'step' | 'reason' | 'seconds'>,
): EvaluationRecord {
  const { n, accuracy, ci95, format, lengthTokens } = tally(answered);
  const slices = tallyBy(answered, (item) => item.task);
  return {
    format: 1,
    at: new Date().toISOString(),
    ...about,
    n,
    accuracy,
    ci95: [...ci95],
    formatShare: format,
    lengthTokens,
    slices: Object.fromEntries(
      Object.entries(slices).map(([name, slice]: [string, Tally]) => [name, tallyRow(slice)]),
    ),
    items: answered.map(({ item, isRight, text, tokens }) => ({
      id: item.id,
      task: item.task,
      isRight,
      text,
      answer: item.answer,
      tokens,
    })),
  };
}
