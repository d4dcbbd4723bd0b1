/** Which settings a form shows, and their values as people read them. Fields and values come in. */
import { isPlainObject, type Plain, type PlainObject } from '../../../shared/merge-slots.ts';
import type { RecipeField, RecipeGroup, RecipeProblem } from '../../../shared/model/recipe.ts';
import { count } from '../../parts/format.ts';
import { text } from '../../strings/new-run.ts';
import { writeValue } from './recipe-text.ts';
import { valueAt } from './slots.ts';

/** Slots in the order of a run; what is not known here comes last. */
const WORK_ORDER = [
  'model',
  'data',
  'rollout',
  'reward',
  'advantage',
  'objective',
  'optimizer',
  'schedule',
  'training',
  'evaluation',
];

/** Slots of a recipe, for its text. */
export function slotsInWorkOrder(slots: PlainObject): PlainObject {
  const keys = Object.keys(slots);
  const known = WORK_ORDER.filter((key) => keys.includes(key));
  const rest = keys.filter((key) => !WORK_ORDER.includes(key));
  return Object.fromEntries([...known, ...rest].map((key) => [key, slots[key] ?? null]));
}

/** One or two sentences: what does not fit, and what to do. */
export function problemText({ message, hint }: RecipeProblem): string {
  const said = message.slice(0, 1).toUpperCase() + message.slice(1);
  return hint === null ? said : `${said.replace(/\.$/, '')}. ${hint}`;
}

export function inWorkOrder(groups: readonly RecipeGroup[]): RecipeGroup[] {
  const place = ({ id }: RecipeGroup) => WORK_ORDER.indexOf(id) + 1 || WORK_ORDER.length + 1;
  return groups.toSorted((a, b) => place(a) - place(b));
}

/** Fields of list items stand inside their list's own control. */
export function isItemField({ path }: RecipeField): boolean {
  return path.includes('[]');
}

/** False for settings of another kind of a choice, and of a part that is switched off. */
export function isInForce(
  field: RecipeField,
  values: PlainObject,
  paths: ReadonlySet<string>,
): boolean {
  const { when, path } = field;
  if (when !== null) {
    const kind = kindOf(valueAt(values, when.path));
    if (kind === null || !when.kinds.includes(kind)) return false;
  }
  const parent = path.slice(0, path.lastIndexOf('.'));
  if (!paths.has(parent)) return true;
  return isPlainObject(valueAt(values, parent));
}

export function kindOf(value: Plain | undefined): string | null {
  const kind = isPlainObject(value) ? value['kind'] : undefined;
  return typeof kind === 'string' ? kind : null;
}

export function isAbout(field: RecipeField, words: string): boolean {
  const hay = `${field.path} ${field.title} ${field.description} ${field.options.map(({ value }) => value).join(' ')}`;
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.toLowerCase().includes(word));
}

/** 1e-6, 16,384, off, leave one out. */
export function valueText(value: Plain | undefined): string {
  if (value === undefined || value === null) return text.off;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'on' : text.off;
  if (typeof value === 'string') return value === '' ? text.empty : value;
  const kind = kindOf(value);
  return kind === null ? writeValue(value) : optionTitle(kind);
}

/** As it is typed: small numbers as powers of ten. */
export function numberText(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential().replace('e+', 'e');
  return String(value);
}

/** `leave-one-out` -> Leave one out */
export function optionTitle(value: string): string {
  const words = value.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What a slot comes to, in a few words. */
export function slotSummary(group: string, values: PlainObject): string {
  const at = (path: string) => valueAt(values, `${group}.${path}`);
  const lastPart = (value: Plain | undefined) =>
    String(value ?? '')
      .split('/')
      .findLast((part) => part !== '') ?? '';
  const kinds = (value: Plain | undefined) =>
    Array.isArray(value) ? value.map((item: Plain) => kindOf(item) ?? '?').join(', ') : '';
  const number = (value: Plain | undefined) => (typeof value === 'number' ? count(value) : '?');
  switch (group) {
    case 'model':
      return `${lastPart(at('path'))}${isPlainObject(at('lora')) ? `, LoRA r ${number(at('lora.rank'))}` : ''}`;
    case 'data':
      return [
        lastPart(at('source')),
        Object.keys(isPlainObject(at('tasks')) ? (at('tasks') as PlainObject) : {}).join(', '),
      ]
        .filter((part) => part !== '')
        .join(', ');
    case 'rollout':
      return `G ${number(at('groupSize'))}, T ${valueText(at('temperature'))}, ${number(at('maxCompletionTokens'))} tokens`;
    case 'reward':
      return kinds(at('terms'));
    case 'advantage':
    case 'optimizer': {
      const rate = at('learningRate');
      const kind = kindOf(values[group]) ?? '';
      return rate === undefined ? optionTitle(kind).toLowerCase() : `${kind}, ${valueText(rate)}`;
    }
    case 'objective':
      return (kindOf(at('surrogate')) ?? kindOf(at('loss')) ?? '').replaceAll('-', ' ');
    case 'schedule':
      return `${valueText(at('kind'))}, warm-up ${number(at('warmupSteps'))}`;
    case 'training':
      return `${number(at('steps'))} steps of ${number(at('promptsPerStep'))}`;
    case 'evaluation':
      return `${valueText(at('split'))}, ${number(at('n'))} samples`;
    default:
      return '';
  }
}
