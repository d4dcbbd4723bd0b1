/**
 * What is wrong with a recipe while somebody writes it: text and slots in, every problem with its
 * field, a hint and its line out, and the resolved slots where they can be had. Nothing is thrown for
 * what a person may have typed.
 */
import { LineCounter, parseDocument } from 'yaml';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mergeSlots } from '../../shared/merge-slots.ts';
import type { RecipeProblem } from '../../shared/protocol/results.ts';
import { checkPlaces } from './check-places.ts';
import { checkPlan } from './check-plan.ts';
import type { PlainObject } from './define.ts';
import { type Overrides, parseOverrides, type ResolvedRecipe, resolveRecipe } from './resolve.ts';

export interface RecipeDraft {
  /** Recipe and slots that the draft is laid over. */
  readonly base: { readonly recipe: string | null; readonly slots: PlainObject };
  readonly yaml?: string | undefined;
  readonly slots?: PlainObject | undefined;
}

export interface CheckedRecipe {
  readonly recipe: string | null;
  readonly shape: ResolvedRecipe['shape'] | null;
  readonly lineage: readonly string[];
  readonly ok: boolean;
  readonly problems: readonly RecipeProblem[];
  readonly resolved: JsonObject | null;
}

/** What a check of one aspect says; `path` names the field. */
export interface Finding {
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly severity?: RecipeProblem['severity'];
}

export function checkRecipe(draft: RecipeDraft): CheckedRecipe {
  const text = draft.yaml ?? '';
  const lineOf = lineFinder(text);
  const toProblem = ({ path, message, hint, severity = 'error' }: Finding): RecipeProblem => ({
    path,
    message,
    hint: hint ?? null,
    line: lineOf(path),
    severity,
  });
  const refused = (recipe: string | null, problems: readonly RecipeProblem[]): CheckedRecipe => ({
    recipe,
    shape: null,
    lineage: [],
    ok: false,
    problems,
    resolved: null,
  });
  let file: Overrides;
  try {
    file = parseOverrides(text, 'text');
  } catch (thrown) {
    return refused(draft.base.recipe, [textProblem(LabError.from(thrown))]);
  }
  const id = file.recipe ?? draft.base.recipe;
  if (id === null) {
    const message = 'it names no recipe to build on';
    return refused(null, [
      toProblem({ path: 'recipe', message, hint: "Begin with a line like 'recipe: grpo'." }),
    ]);
  }
  try {
    const layers = [draft.base.slots, file.slots, draft.slots ?? {}];
    const recipe = resolveRecipe(id, layers.reduce(mergeSlots));
    const problems = [...checkPlaces(recipe), ...checkPlan(recipe)].map(toProblem);
    return {
      recipe: recipe.id,
      shape: recipe.shape,
      lineage: recipe.lineage,
      ok: problems.every(({ severity }) => severity !== 'error'),
      problems,
      resolved: recipe.slots as unknown as JsonObject, // parsed slots are plain data
    };
  } catch (thrown) {
    return refused(id, findingsOf(LabError.from(thrown)).map(toProblem));
  }
}

/** A column that nothing gives, and the field that would give it. */
const GIVEN_BY: Readonly<Record<string, string | undefined>> = {
  refLogprobs: 'model.reference',
  maskedLogprobs: 'rollout.maskedTwin',
  maskedEntropy: 'rollout.maskedTwin',
};

function findingsOf(error: LabError): Finding[] {
  if (error.code === 'internal') throw error;
  const listed = error.details?.['problems'];
  if (Array.isArray(listed)) {
    // Written by explainIssues.
    const problems = listed as readonly { field: string; message: string; hint?: string }[];
    return problems.map(({ field, message, hint }) => ({
      path: field,
      message: withoutField(message, field),
      hint,
    }));
  }
  const path = pathOf(error);
  const message = withoutField(error.message.replace(/^\[[^\]]*\]\s*/, ''), path);
  return [{ path, message, hint: error.hint }];
}

/** The field stands beside the message. */
function withoutField(message: string, field: string): string {
  const start = `'${field}': `;
  return message.startsWith(start) ? message.slice(start.length) : message;
}

function pathOf(error: LabError): string {
  if (error.code === 'recipe/unknown') return 'recipe';
  const column = error.details?.['column'];
  if (typeof column === 'string') return GIVEN_BY[column] ?? '';
  if (error.message.startsWith('[reward]')) return 'reward.terms';
  return /'([a-zA-Z]+(?:\.[a-zA-Z0-9]+)+)'/.exec(error.message)?.[1] ?? '';
}

function textProblem(error: LabError): RecipeProblem {
  // A problem of the YAML reader knows its place.
  const place = (error.cause as { linePos?: readonly { line: number }[] } | undefined)?.linePos;
  return {
    path: '',
    message: error.message.replace(/^\[[^\]]*\]\s*/, '').split('\n')[0] ?? '',
    hint: error.hint ?? null,
    line: place?.[0]?.line ?? null,
    severity: 'error',
  };
}

/** Line of a field in the text, or of the nearest field around it that is written there. */
function lineFinder(text: string): (path: string) => number | null {
  if (text.trim() === '') return () => null;
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  return (path) => {
    for (let keys = path.split('.'); keys.length > 0; keys = keys.slice(0, -1)) {
      const found: unknown = document.getIn(keys, true);
      const range = (found as { range?: readonly number[] } | undefined)?.range; // of every node
      if (range?.[0] !== undefined) return counter.linePos(range[0]).line;
    }
    return null;
  };
}
