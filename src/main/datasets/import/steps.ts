/**
 * Reasoning steps and their judgements in, as TRL (`completions`, `labels`), VisualProcessBench
 * (`response.steps`, `process_correctness`) and PRM800K (`label.steps[].completions[].rating`) write
 * them; our list of steps out.
 */
import type { Step } from '../../../shared/model/sample.ts';
import { kindOf, quoted, rowProblem } from './row-problem.ts';

const MAX_STEPS = 10_000;

/** @throws LabError `dataset/bad-row` */
export function readSteps(value: unknown, labels: unknown): Step[] {
  if (value === null || value === undefined) return [];
  const steps = listOf(value);
  if (steps.length > MAX_STEPS) throw rowProblem(`more than ${MAX_STEPS} steps`);
  const given = labels ?? labelsBeside(value);
  const marks: unknown[] | null = Array.isArray(given) ? given : null;
  if (marks !== null && marks.length !== steps.length) {
    throw rowProblem(`${steps.length} steps and ${marks.length} step labels`);
  }
  return steps.map((step, i) => readStep(step, marks === null ? undefined : marks[i]));
}

function listOf(value: unknown): unknown[] {
  const json = typeof value === 'string' ? parsed(value) : value;
  if (Array.isArray(json)) return json;
  const inner =
    typeof json === 'object' && json !== null && 'steps' in json ? json.steps : undefined;
  if (Array.isArray(inner)) return inner;
  throw rowProblem(`expected a list of steps, got ${kindOf(json)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw rowProblem(`expected a list of steps, got the text ${quoted(text)}`, cause);
  }
}

function labelsBeside(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return 'process_correctness' in value ? value.process_correctness : undefined;
}

function readStep(value: unknown, label: unknown): Step {
  if (typeof value === 'string') return { text: value, label: readLabel(label) };
  if (typeof value !== 'object' || value === null) {
    throw rowProblem(`expected a step, got ${kindOf(value)}`);
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const completions = fields.get('completions');
  if (Array.isArray(completions)) {
    // PRM800K: the completion that was gone on with, else the first one that was rated.
    const chosen = fields.get('chosen_completion');
    const inner: unknown = completions[typeof chosen === 'number' ? chosen : 0];
    return inner === undefined ? { text: '', label: null } : readStep(inner, undefined);
  }
  const text = fields.get('text') ?? fields.get('step') ?? fields.get('content');
  if (typeof text !== 'string') throw rowProblem(`a step without a text: ${quoted(value)}`);
  const own = fields.get('label') ?? fields.get('rating') ?? fields.get('correctness');
  return { text, label: readLabel(label ?? own) };
}

function readLabel(value: unknown): Step['label'] {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : -1;
  if (value === -1 || value === 0 || value === 1) return value;
  if (value === '+' || value === 'true') return 1;
  if (value === '-' || value === 'false') return -1;
  throw rowProblem(`the step label ${quoted(value)} is none of true, false, -1, 0, 1`);
}
