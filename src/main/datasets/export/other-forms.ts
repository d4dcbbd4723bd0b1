/**
 * Forms for reinforcement learning (verl, EasyR1), for pictures (imagefolder, WebDataset, COCO), for
 * tables (CSV) and our own. Comes in: a sample. Goes out: its row.
 */
import type { ColumnRole } from '../../../shared/model/import.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { markedText } from './arrange.ts';
import {
  COMMON_COLUMNS,
  COMMON_ROLES,
  commonColumns,
  type ExportForm,
  mediaColumns,
  partTurn,
  present,
  type Row,
  withExtras,
} from './form.ts';

const noAnswer = 'no answer';

function lastQuestion(sample: Sample): string {
  const turn = sample.messages.findLast(({ role }) => role === 'user') ?? sample.messages.at(-1);
  return turn === undefined ? '' : markedText(turn.content);
}

function systemOf(sample: Sample): string | null {
  const [first] = sample.messages;
  return first?.role === 'system' ? markedText(first.content) : null;
}

const rationale: ExportForm = {
  id: 'rationale',
  title: 'Rationale',
  about: 'Everything of a row, as the engine and this app read it.',
  files: ['jsonl'],
  loses: 'Who drew a box.',
  fileName: 'rows',
  roles: {
    ...COMMON_ROLES,
    ...{ prompt: 'prompt', completion: 'completion', rejected: 'rejected' },
    ...{ label: 'label', steps: 'steps' },
  },
  columns: () => COMMON_COLUMNS,
  row(sample, around) {
    const row = present({
      prompt: sample.messages.length === 0 ? null : sample.messages.map(partTurn),
      completion: sample.completion,
      rejected: sample.rejected,
      label: sample.label,
      steps: sample.steps.length === 0 ? null : sample.steps,
    });
    return withExtras(
      { ...row, ...mediaColumns(sample, around), ...commonColumns(sample) },
      sample,
    );
  },
};

const verl: ExportForm = {
  id: 'verl',
  title: 'verl',
  about: 'data_source, prompt, images, reward_model and extra_info in one parquet file.',
  files: ['parquet'],
  loses: 'Completions, steps, labels, boxes, verifiers, source columns with lists.',
  fileName: 'train',
  roles: {
    prompt: 'prompt',
    images: 'images',
    ability: 'task',
    'reward_model.ground_truth': 'answer',
    'extra_info.key': 'id',
    'extra_info.difficulty': 'difficulty',
  },
  columns: ({ hasImages }) => ({
    data_source: 'text',
    prompt: 'turns',
    ...(hasImages ? { images: 'media' as const } : {}),
    ability: 'text',
    reward_model: { style: 'text', ground_truth: 'text' },
    extra_info: {
      ...{ split: 'text', index: 'number', key: 'text', question: 'text' },
      ...{ answer: 'text', difficulty: 'number' },
    },
  }),
  row(sample, around, index) {
    if (sample.answer === null) return noAnswer;
    if (sample.messages.length === 0) return 'no prompt';
    const row: Row = {
      data_source: around.name,
      prompt: sample.messages.map(({ role, content }) => ({ role, content: markedText(content) })),
      images: sample.images.map(around.media),
      ability: sample.task ?? 'vision',
      reward_model: { style: 'rule', ground_truth: sample.answer },
      extra_info: {
        ...{ split: 'train', index, key: sample.key, question: lastQuestion(sample) },
        ...{ answer: sample.answer, difficulty: sample.difficulty },
      },
    };
    return withExtras(row, sample);
  },
};

const easyr1: ExportForm = {
  id: 'easyr1',
  title: 'EasyR1',
  about: 'problem, answer and images in one parquet file.',
  files: ['parquet', 'jsonl'],
  loses: 'Completions, steps, labels, earlier turns, system prompts.',
  fileName: 'train',
  roles: { ...COMMON_ROLES, problem: 'prompt' },
  columns: ({ hasImages }) => ({
    problem: 'text',
    ...(hasImages ? { images: 'media' as const } : {}),
    ...COMMON_COLUMNS,
  }),
  row(sample, around) {
    if (sample.answer === null) return noAnswer;
    const images = sample.images.map(around.media);
    return withExtras({ problem: lastQuestion(sample), images, ...commonColumns(sample) }, sample);
  },
};

/** Texts of a sample as flat columns. */
function flatColumns(sample: Sample): Row {
  return present({
    system: systemOf(sample),
    prompt: lastQuestion(sample),
    completion: sample.completion,
    rejected: sample.rejected,
    label: sample.label,
  });
}

const FLAT_ROLES: Readonly<Record<string, ColumnRole>> = {
  ...COMMON_ROLES,
  system: 'system',
  prompt: 'prompt',
  completion: 'completion',
  rejected: 'rejected',
  label: 'label',
};

const imagefolder: ExportForm = {
  id: 'imagefolder',
  title: 'Hugging Face imagefolder',
  about: 'Pictures in train/ with a metadata.jsonl beside them.',
  files: ['jsonl'],
  loses: 'Earlier turns, steps, clips, boxes of second pictures, rows without a picture.',
  fileName: 'metadata',
  roles: { ...FLAT_ROLES, file_name: 'image', file_names: 'images', objects: 'boxes' },
  columns: () => COMMON_COLUMNS,
  row(sample, around) {
    const [first] = sample.images;
    if (first === undefined) return 'no picture';
    const paths = sample.images.map(around.media);
    const { boxes: _, ...common } = commonColumns(sample);
    const files = paths.length > 1 ? { file_names: paths } : { file_name: paths[0] };
    const own = { ...files, ...flatColumns(sample), objects: pixelObjects(sample) };
    return withExtras({ ...present(own), ...common }, sample);
  },
};

/** `objects` of the first picture: x, y, width, height in pixels. */
function pixelObjects(sample: Sample): Row | null {
  const { width, height } = sample.images[0] ?? {};
  const regions = sample.regions.filter(({ image }) => image === 0);
  if (regions.length === 0 || width === undefined || height === undefined) return null;
  return {
    bbox: regions.map(({ box }) => pixelBox(box, width, height)),
    categories: regions.map(({ label }) => label),
  };
}

export function pixelBox(
  [x1, y1, x2, y2]: Sample['regions'][number]['box'],
  width: number,
  height: number,
): number[] {
  return [x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height].map(
    (value) => Math.round(value * 1000) / 1000,
  );
}

const webdataset: ExportForm = {
  id: 'webdataset',
  title: 'WebDataset',
  about: 'Tar shards: pictures and a JSON file of the same name per row.',
  files: ['tar'],
  loses: 'Earlier turns, clips; source columns come back as json.<name>.',
  fileName: 'data',
  roles: Object.fromEntries(
    Object.entries(FLAT_ROLES)
      .concat([['steps', 'steps']])
      .map(([name, role]): [string, ColumnRole] => [`json.${name}`, role]),
  ),
  columns: () => COMMON_COLUMNS,
  row: (sample) =>
    withExtras(
      {
        ...flatColumns(sample),
        ...(sample.steps.length === 0 ? {} : { steps: sample.steps }),
        ...commonColumns(sample),
      },
      sample,
    ),
};

const coco: ExportForm = {
  id: 'coco',
  title: 'COCO boxes',
  about: 'images, annotations and categories: the boxes alone, in pixels.',
  files: ['json'],
  loses: 'All texts: this form holds pictures and boxes.',
  fileName: 'annotations',
  roles: {},
  columns: () => COMMON_COLUMNS,
  row: (sample) => (sample.images.length === 0 ? 'no picture' : {}),
};

const csv: ExportForm = {
  id: 'csv',
  title: 'CSV',
  about: 'One table for a spreadsheet; cells that a spreadsheet would run as a formula are quoted.',
  files: ['csv'],
  loses: 'Earlier turns, steps; lists become JSON text.',
  fileName: 'rows',
  roles: FLAT_ROLES,
  columns: ({ extras }) => ({
    ...{ id: 'text', system: 'text', prompt: 'text', completion: 'text', rejected: 'text' },
    ...{ label: 'boolean', images: 'json', videos: 'json', audios: 'json' },
    ...COMMON_COLUMNS,
    ...Object.fromEntries(extras),
  }),
  row: (sample, around) =>
    withExtras(
      { ...flatColumns(sample), ...mediaColumns(sample, around), ...commonColumns(sample) },
      sample,
    ),
};

export const otherForms: readonly ExportForm[] = [
  ...[rationale, verl, easyr1, imagefolder, webdataset, coco, csv],
];
