/**
 * The six row types of TRL. Comes in: a sample. Goes out: `prompt`, `completion`, `chosen` and so on;
 * turns as lists of parts where there are pictures, as TRL's vision models want them.
 */
import { type Message, type Sample, textOf } from '../../../shared/model/sample.ts';
import {
  COMMON_COLUMNS,
  COMMON_ROLES,
  type ColumnKind,
  commonColumns,
  type ExportForm,
  mediaColumns,
  partTurn,
  type Row,
  type Surroundings,
  withExtras,
} from './form.ts';

const FILES: ExportForm['files'] = ['jsonl', 'parquet'];
const ROLES = { ...COMMON_ROLES, prompt: 'prompt', completion: 'completion' } as const;

/** Conversations in one dataset have one type: parts as soon as any row has a picture. */
function turnsOf(messages: readonly Message[], around: Surroundings): Row[] {
  if (around.hasImages) return messages.map(partTurn);
  return messages.map(({ role, content, extra }) => ({ ...extra, role, content: textOf(content) }));
}

function spoken(text: string, around: Surroundings): Row[] {
  return turnsOf([{ role: 'assistant', content: [{ type: 'text', text }] }], around);
}

function rowOf(own: Row, sample: Sample, around: Surroundings): Row {
  return withExtras({ ...own, ...mediaColumns(sample, around), ...commonColumns(sample) }, sample);
}

function columnsOf(own: (turns: ColumnKind) => Record<string, ColumnKind>): ExportForm['columns'] {
  return (around) => ({
    ...own(around.hasImages ? 'part-turns' : 'turns'),
    ...(around.hasImages ? { images: 'media' as const } : {}),
    ...COMMON_COLUMNS,
  });
}

const noCompletion = 'no completion';

export const trlForms: readonly ExportForm[] = [
  {
    id: 'trl-language-modeling',
    title: 'TRL language modelling',
    about: 'messages, or text where there are no prompts: for SFT on everything that is said.',
    files: FILES,
    loses: 'Rejected completions, step labels, who drew a box.',
    fileName: 'train',
    roles: { ...COMMON_ROLES, messages: 'messages', text: 'completion' },
    columns: (around) =>
      columnsOf(
        (turns): Record<string, ColumnKind> =>
          around.hasPrompts || around.hasImages ? { messages: turns } : { text: 'text' },
      )(around),
    row(sample, around) {
      if (sample.completion === null) return noCompletion;
      if (!around.hasPrompts && !around.hasImages) {
        return rowOf({ text: sample.completion }, sample, around);
      }
      const turns = [...turnsOf(sample.messages, around), ...spoken(sample.completion, around)];
      return rowOf({ messages: turns }, sample, around);
    },
  },
  {
    id: 'trl-prompt-only',
    title: 'TRL prompt only',
    about: 'prompt with the answer as a column of its own: for GRPO, RLOO and online DPO.',
    files: FILES,
    loses: 'Completions, rejected completions, steps.',
    fileName: 'train',
    roles: ROLES,
    columns: columnsOf((turns) => ({ prompt: turns })),
    row: (sample, around) =>
      sample.messages.length === 0
        ? 'no prompt'
        : rowOf({ prompt: turnsOf(sample.messages, around) }, sample, around),
  },
  {
    id: 'trl-prompt-completion',
    title: 'TRL prompt and completion',
    about: 'prompt and completion: for SFT on the completion alone.',
    files: FILES,
    loses: 'Rejected completions, step labels, who drew a box.',
    fileName: 'train',
    roles: ROLES,
    columns: columnsOf((turns) => ({ prompt: turns, completion: turns })),
    row(sample, around) {
      if (sample.completion === null) return noCompletion;
      const prompt = turnsOf(sample.messages, around);
      return rowOf({ prompt, completion: spoken(sample.completion, around) }, sample, around);
    },
  },
  {
    id: 'trl-preference',
    title: 'TRL preference',
    about: 'prompt, chosen and rejected: for DPO, IPO and reward models.',
    files: FILES,
    loses: 'Step labels, who drew a box.',
    fileName: 'train',
    roles: { ...COMMON_ROLES, prompt: 'prompt', chosen: 'chosen', rejected: 'rejected' },
    columns: columnsOf((turns) => ({ prompt: turns, chosen: turns, rejected: turns })),
    row(sample, around) {
      const { completion, rejected } = sample;
      if (completion === null || rejected === null) return 'no pair of completions';
      return rowOf(
        {
          prompt: turnsOf(sample.messages, around),
          chosen: spoken(completion, around),
          rejected: spoken(rejected, around),
        },
        sample,
        around,
      );
    },
  },
  {
    id: 'trl-unpaired-preference',
    title: 'TRL unpaired preference',
    about: 'prompt, completion and a label true or false: for KTO and BCO.',
    files: FILES,
    loses: 'Rejected completions, step labels, who drew a box.',
    fileName: 'train',
    roles: { ...ROLES, label: 'label' },
    columns: columnsOf((turns) => ({ prompt: turns, completion: turns, label: 'boolean' })),
    row(sample, around) {
      const { completion, label } = sample;
      if (completion === null) return noCompletion;
      if (label === null) return 'no label';
      const prompt = turnsOf(sample.messages, around);
      return rowOf({ prompt, completion: spoken(completion, around), label }, sample, around);
    },
  },
  {
    id: 'trl-stepwise',
    title: 'TRL stepwise supervision',
    about: 'prompt, completions (the steps) and labels: for process reward models.',
    files: FILES,
    loses: 'Neutral steps count as right; conversations keep their last question.',
    fileName: 'train',
    roles: { ...COMMON_ROLES, prompt: 'prompt', completions: 'steps', labels: 'step-labels' },
    columns: columnsOf(() => ({ prompt: 'text', completions: 'texts', labels: 'flags' })),
    row(sample, around) {
      const { steps } = sample;
      if (steps.length === 0) return 'no steps';
      if (steps.some(({ label }) => label === null)) return 'a step without a label';
      const question = sample.messages.findLast(({ role }) => role === 'user');
      return rowOf(
        {
          prompt: textOf(question?.content ?? []),
          completions: steps.map(({ text }) => text),
          labels: steps.map(({ label }) => label !== -1),
        },
        sample,
        around,
      );
    },
  },
];
