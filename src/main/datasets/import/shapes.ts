/**
 * Row forms by the names of their columns (product.md 3.1). Comes in: the columns of a source. Goes
 * out: the form that fits best with how sure that is, and which role each column plays in it. Forms are
 * tried from the most particular to the most general; the first one that fits wins.
 */
import type { ColumnRole, RowShape, SourceColumn } from '../../../shared/model/import.ts';

export interface ShapeGuess {
  readonly shape: RowShape;
  readonly confidence: number;
  readonly roles: ReadonlyMap<string, ColumnRole>;
}

type Columns = ReadonlyMap<string, SourceColumn>;

interface ShapeRule {
  readonly shape: RowShape;
  readonly confidence: number;
  readonly fits: (columns: Columns) => boolean;
  /** Roles that this form gives other than by name. */
  readonly roles?: Readonly<Record<string, ColumnRole>>;
}

/** What a name means where the form says nothing else: synonyms of TRL, ms-swift, verl and EasyR1. */
const ROLES_BY_NAME: Readonly<Record<Exclude<ColumnRole, 'ignore'>, readonly string[]>> = {
  messages: ['messages', 'conversations', 'conversation', 'chat', 'dialog', 'dialogue'],
  prompt: ['prompt', 'problem', 'question', 'query', 'instruction', 'question.problem'],
  input: ['input'],
  history: ['history'],
  system: ['system', 'system_prompt'],
  images: ['images', 'image_paths', 'image_files', 'pictures', 'file_names'],
  image: [
    ...['image', 'img', 'picture', 'image_path', 'image_file', 'file_name', 'image_file_name'],
    ...['jpg', 'jpeg', 'png', 'webp', 'gif'],
  ],
  videos: ['videos', 'video', 'mp4', 'webm'],
  frames: ['frames'],
  audios: ['audios', 'audio', 'wav', 'mp3', 'flac', 'ogg'],
  completion: ['completion', 'response', 'output', 'target', 'text', 'txt', 'caption'],
  chosen: ['chosen', 'chosen_response'],
  rejected: ['rejected', 'rejected_response', 'rejected_messages'],
  answer: [
    ...['answer', 'solution', 'ground_truth', 'final_answer', 'gt_answer', 'answer_key', 'gt'],
    ...['reward_model.ground_truth', 'question.ground_truth_answer', 'cls'],
  ],
  label: ['kto_tag'],
  steps: ['steps', 'response.steps', 'label.steps'],
  'step-labels': ['process_correctness', 'response.process_correctness'],
  task: ['task', 'ability'],
  difficulty: ['difficulty', 'level'],
  id: ['id', 'key', 'uid', '__key__', 'question_id', 'sample_id', 'extra_info.index'],
  boxes: ['objects', 'boxes', 'bboxes', 'bbox'],
  verifier: ['verifier'],
  split: ['split', 'extra_info.split'],
};

/** Roles of which a row has one: the first name that is there takes it. */
const SINGLE: ReadonlySet<ColumnRole> = new Set([
  ...([
    'messages',
    'prompt',
    'input',
    'history',
    'system',
    'completion',
    'chosen',
    'rejected',
  ] as const),
  ...(['answer', 'label', 'steps', 'step-labels', 'task', 'difficulty', 'id', 'boxes'] as const),
  ...(['verifier', 'split', 'frames'] as const),
]);

const has =
  (...names: string[]) =>
  (columns: Columns): boolean =>
    names.every((name) => columns.has(name));
const hasAny =
  (...names: string[]) =>
  (columns: Columns): boolean =>
    names.some((name) => columns.has(name));
const kindOf = (columns: Columns, name: string): SourceColumn['kind'] | undefined =>
  columns.get(name)?.kind;
const says = (columns: Columns, name: string, pattern: RegExp): boolean =>
  columns.get(name)?.examples.some((example) => pattern.test(example)) ?? false;

const PICTURES = ['image', 'images'];
const FROM_VALUE = /"from":/;

const RULES: readonly ShapeRule[] = [
  {
    shape: 'verl',
    confidence: 0.98,
    fits: (columns) =>
      has('prompt', 'reward_model')(columns) && hasAny('data_source', 'extra_info')(columns),
  },
  {
    shape: 'vision-r1',
    confidence: 0.9,
    fits: (columns) =>
      hasAny(...PICTURES)(columns) &&
      ['conversations', 'messages'].some((name) => says(columns, name, /<think>/i)),
  },
  {
    shape: 'llava',
    confidence: 0.95,
    fits: (columns) =>
      has('image', 'conversations')(columns) && says(columns, 'conversations', FROM_VALUE),
  },
  {
    shape: 'sharegpt',
    confidence: 0.95,
    fits: (columns) =>
      ['conversations', 'messages'].some((name) => says(columns, name, FROM_VALUE)) ||
      has('conversations')(columns),
  },
  {
    shape: 'rationale',
    confidence: 0.95,
    fits: (columns) =>
      hasAny('prompt', 'question')(columns) &&
      (has('world')(columns) || kindOf(columns, 'verifier') === 'object'),
    roles: { chosen: 'completion' },
  },
  {
    shape: 'trl-stepwise',
    confidence: 0.97,
    fits: (columns) => has('prompt', 'completions', 'labels')(columns),
    roles: { completions: 'steps', labels: 'step-labels' },
  },
  {
    shape: 'trl-preference',
    confidence: 0.95,
    fits: (columns) => has('chosen', 'rejected')(columns) && !has('instruction')(columns),
  },
  {
    shape: 'ms-swift',
    confidence: 0.9,
    fits: (columns) =>
      (has('messages')(columns) && isSwiftMessages(columns)) || has('query', 'response')(columns),
  },
  {
    shape: 'alpaca',
    confidence: 0.95,
    fits: (columns) => has('instruction')(columns) && hasAny('output', 'chosen')(columns),
  },
  {
    shape: 'trl-unpaired',
    confidence: 0.95,
    fits: (columns) => has('prompt', 'completion', 'label')(columns) && isLabel(columns),
    roles: { label: 'label' },
  },
  { shape: 'trl-prompt-completion', confidence: 0.95, fits: has('prompt', 'completion') },
  {
    shape: 'easyr1',
    confidence: 0.85,
    fits: (columns) => hasAny('problem', 'prompt')(columns) && has('answer', 'images')(columns),
  },
  {
    shape: 'trl-language-modeling',
    confidence: 0.9,
    fits: (columns) => has('messages')(columns) || isOnlyText(columns),
  },
  { shape: 'trl-prompt', confidence: 0.85, fits: has('prompt') },
  { shape: 'plain', confidence: 0.5, fits: hasAny('question', 'problem', 'query', 'instruction') },
  { shape: 'plain', confidence: 0.2, fits: () => true },
];

/** The columns that only ms-swift has, or its way of pictures: a list beside marks in plain texts. */
function isSwiftMessages(columns: Columns): boolean {
  const own = [
    'rejected_response',
    'rejected_messages',
    'objects',
    'channel',
    'chat_template_kwargs',
  ];
  if (hasAny(...own)(columns)) return true;
  return (
    hasAny('images', 'videos', 'audios')(columns) && !says(columns, 'messages', /"content":\[/)
  );
}

function isLabel(columns: Columns): boolean {
  return kindOf(columns, 'label') === 'boolean' || says(columns, 'label', /^(?:true|false)$/i);
}

function isOnlyText(columns: Columns): boolean {
  return (
    has('text')(columns) && !hasAny('question', 'problem', 'answer', 'image', 'images')(columns)
  );
}

/** Is there a row with values in both columns? */
export type Together = (one: string, other: string) => boolean;

export interface GuessOptions {
  /** The form, where the kind of file decides it. */
  readonly forced?: RowShape | undefined;
  /** Default: all columns are. */
  readonly areTogether?: Together;
}

export function guessShape(list: readonly SourceColumn[], options: GuessOptions = {}): ShapeGuess {
  const columns: Columns = new Map(list.map((column) => [column.name, column]));
  const rule = RULES.find(({ fits }) => fits(columns));
  const roles = rolesOf(columns, rule?.roles ?? {}, options.areTogether ?? (() => true));
  if (options.forced !== undefined) return { shape: options.forced, confidence: 0.9, roles };
  return { shape: rule?.shape ?? 'plain', confidence: rule?.confidence ?? 0, roles };
}

function rolesOf(
  columns: Columns,
  own: Readonly<Record<string, ColumnRole>>,
  areTogether: Together,
): Map<string, ColumnRole> {
  const roles = new Map<string, ColumnRole>();
  for (const [name, role] of Object.entries(own)) {
    if (!columns.has(name)) continue;
    roles.set(name, role);
  }
  for (const [role, names] of Object.entries(ROLES_BY_NAME)) {
    for (const name of names) {
      // The keys of the table are the roles.
      const candidate = role as ColumnRole;
      const column = findColumn(columns, name);
      if (column === undefined || roles.has(column.name) || !isPlausible(candidate, column))
        continue;
      // Files of one folder may call the same thing differently: those names are never in one row.
      const beside = new Set(
        [...roles].filter(([other]) => areTogether(other, column.name)).map(([, taker]) => taker),
      );
      if (SINGLE.has(candidate) && beside.has(candidate)) continue;
      if (isBeside(candidate, beside)) continue;
      roles.set(column.name, candidate);
    }
  }
  return roles;
}

/** By its name, or by that of a field of a WebDataset's `json`. */
function findColumn(columns: Columns, name: string): SourceColumn | undefined {
  return columns.get(name) ?? columns.get(`json.${name}`);
}

/** Texts that another column already gives: a prompt beside a conversation is data, not a second prompt. */
function isBeside(role: ColumnRole, taken: ReadonlySet<ColumnRole>): boolean {
  if (role === 'prompt' || role === 'history') return taken.has('messages');
  if (role === 'input') return !taken.has('prompt');
  if (role === 'completion') return taken.has('messages') || taken.has('chosen');
  return role === 'step-labels' && !taken.has('steps');
}

/** Does the kind of value allow the role? */
function isPlausible(role: ColumnRole, column: SourceColumn): boolean {
  const { kind } = column;
  if (kind === 'empty') return false;
  switch (role) {
    case 'image':
    case 'images':
      return kind === 'media' || kind === 'text' || kind === 'list';
    case 'videos':
    case 'frames':
    case 'audios':
      return kind === 'media' || kind === 'list' || kind === 'text' || kind === 'object';
    case 'messages':
      return kind === 'messages' || kind === 'list' || kind === 'text';
    case 'difficulty':
      return kind === 'number' || kind === 'text';
    case 'boxes':
      return kind === 'boxes' || kind === 'list' || kind === 'text';
    case 'prompt':
    case 'completion':
      return kind !== 'media' && kind !== 'object';
    case 'verifier':
      return kind === 'object' || kind === 'text';
    default:
      return kind !== 'media';
  }
}
