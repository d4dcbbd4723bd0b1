/**
 * Forms whose turns are plain texts with `<image>` marks: ShareGPT as LLaMA-Factory reads it, LLaVA,
 * ms-swift. Comes in: a sample. Goes out: its row.
 */
import type { Message, MessageRole, Sample } from '../../../shared/model/sample.ts';
import { markedText } from './arrange.ts';
import {
  COMMON_COLUMNS,
  COMMON_ROLES,
  commonColumns,
  type ExportForm,
  mediaColumns,
  present,
  type Row,
  withExtras,
} from './form.ts';

const SHAREGPT_ROLES: Readonly<Record<MessageRole, string>> = {
  system: 'system',
  user: 'human',
  assistant: 'gpt',
  tool: 'observation',
};

function fromValue({ role, content }: Message, afterMark = ''): Row {
  return { from: SHAREGPT_ROLES[role], value: markedText(content, afterMark) };
}

/** A first system turn is a column of its own. */
function withoutSystem(messages: readonly Message[]): { system: string | null; turns: Message[] } {
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return { system: null, turns: [...messages] };
  return { system: markedText(first.content), turns: rest };
}

const CHAT_COLUMNS = { images: 'media', ...COMMON_COLUMNS } as const;

const sharegpt: ExportForm = {
  id: 'sharegpt',
  title: 'ShareGPT for LLaMA-Factory',
  about: 'conversations with a dataset_info.json entry beside; pairs become a ranking set.',
  files: ['json', 'jsonl'],
  loses: 'Step labels, what a source says of a single turn, who drew a box.',
  fileName: 'data',
  roles: {
    ...COMMON_ROLES,
    ...{ conversations: 'messages', system: 'system', chosen: 'chosen' },
    ...{ rejected: 'rejected', kto_tag: 'label' },
  },
  columns: () => CHAT_COLUMNS,
  row(sample, around) {
    const { completion, rejected, label } = sample;
    if (completion === null) return 'no completion';
    if (around.isRanking && rejected === null) return 'no rejected completion in a ranking set';
    const { system, turns } = withoutSystem(sample.messages);
    const conversations = turns.map((turn) => fromValue(turn));
    const said = { from: 'gpt', value: completion };
    const own = around.isRanking
      ? { conversations, chosen: said, rejected: { from: 'gpt', value: rejected } }
      : { conversations: [...conversations, said] };
    const row = present({ ...own, system, kto_tag: label });
    return withExtras(
      { ...row, ...mediaColumns(sample, around), ...commonColumns(sample) },
      sample,
    );
  },
};

/** The entry that LLaMA-Factory needs to find the file. */
export function datasetInfo(name: string, file: string, rows: readonly Row[]): Row {
  const has = (column: string) => rows.some((row) => Object.hasOwn(row, column));
  const columns: Record<string, string> = { messages: 'conversations' };
  for (const column of ['system', 'images', 'videos', 'audios', 'chosen', 'rejected', 'kto_tag']) {
    if (has(column)) columns[column] = column;
  }
  return {
    [name]: {
      file_name: file,
      formatting: 'sharegpt',
      ...(has('rejected') ? { ranking: true } : {}),
      columns,
    },
  };
}

const llava: ExportForm = {
  id: 'llava',
  title: 'LLaVA',
  about: 'One JSON list of id, image and conversations.',
  files: ['json'],
  loses: 'Rejected completions, step labels, labels, clips, spacing beside pictures.',
  fileName: 'data',
  roles: { ...COMMON_ROLES, image: 'image', conversations: 'messages' },
  columns: () => CHAT_COLUMNS,
  row(sample, around) {
    if (sample.completion === null) return 'no completion';
    if (sample.videos.length + sample.audios.length > 0) return 'clips or sounds';
    const turns = sample.messages.map((message) =>
      message.role === 'user'
        ? fromValue(message, '\n')
        : { ...fromValue(message), from: SHAREGPT_ROLES[message.role] },
    );
    const paths = sample.images.map(around.media);
    const image = paths.length > 1 ? paths : paths[0];
    const conversations = [...turns, { from: 'gpt', value: sample.completion }];
    const row = present({ id: sample.key, image, conversations });
    return withExtras({ ...row, ...commonColumns(sample) }, sample);
  },
};

const msSwift: ExportForm = {
  id: 'ms-swift',
  title: 'ms-swift',
  about: 'messages, images and objects; the answer is `solution`, as its rewards expect.',
  files: ['jsonl'],
  loses: 'Step labels, who drew a box.',
  fileName: 'train',
  roles: {
    ...COMMON_ROLES,
    ...{ messages: 'messages', rejected_response: 'rejected', label: 'label' },
    ...{ objects: 'boxes', solution: 'answer' },
  },
  columns: () => CHAT_COLUMNS,
  row(sample, around) {
    const { completion, answer } = sample;
    const { answer: _, boxes: __, ...common } = commonColumns(sample);
    const messages = sample.messages.map(({ role, content, extra }) => ({
      ...extra,
      role,
      content: markedText(content),
    }));
    if (completion !== null) messages.push({ role: 'assistant', content: completion });
    if (messages.length === 0) return 'no prompt and no completion';
    const row = present({
      messages,
      rejected_response: sample.rejected,
      label: sample.label,
      solution: answer,
      objects: objectsOf(sample),
    });
    return withExtras({ ...row, ...mediaColumns(sample, around), ...common }, sample);
  },
};

/** ms-swift scales `norm1` boxes to whatever the model wants. */
function objectsOf({ regions }: Sample): Row | null {
  if (regions.length === 0) return null;
  return {
    ref: regions.map(({ label }) => label),
    bbox: regions.map(({ box }) => box),
    bbox_type: 'norm1',
    image_id: regions.map(({ image }) => image),
  };
}

export const chatForms: readonly ExportForm[] = [sharegpt, llava, msSwift];
