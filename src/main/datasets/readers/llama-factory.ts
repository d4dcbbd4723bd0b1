/**
 * LLaMA-Factory's `dataset_info.json` in, its sets out: which file, which column is what, which names
 * the turns use. Entries without a local file are listed with the reason.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const columns = z.looseObject({
  prompt: z.string().optional(),
  query: z.string().optional(),
  response: z.string().optional(),
  history: z.string().optional(),
  messages: z.string().optional(),
  system: z.string().optional(),
  tools: z.string().optional(),
  images: z.string().optional(),
  videos: z.string().optional(),
  audios: z.string().optional(),
  chosen: z.string().optional(),
  rejected: z.string().optional(),
  kto_tag: z.string().optional(),
});

const tags = z.looseObject({
  role_tag: z.string().default('from'),
  content_tag: z.string().default('value'),
  user_tag: z.string().default('human'),
  assistant_tag: z.string().default('gpt'),
  observation_tag: z.string().default('observation'),
  function_tag: z.string().default('function_call'),
  system_tag: z.string().default('system'),
});

const entry = z.looseObject({
  file_name: z.string().optional(),
  formatting: z.enum(['alpaca', 'sharegpt', 'openai']).default('alpaca'),
  ranking: z.boolean().default(false),
  split: z.string().optional(),
  columns: columns.optional(),
  tags: tags.optional(),
});

export interface LlamaFactorySet {
  readonly name: string;
  readonly path: string;
  readonly formatting: 'alpaca' | 'sharegpt' | 'openai';
  readonly isRanking: boolean;
  readonly columns: z.output<typeof columns> | undefined;
  readonly tags: z.output<typeof tags>;
}

export interface LlamaFactoryIndex {
  readonly sets: readonly LlamaFactorySet[];
  readonly notes: readonly string[];
}

const MAX_INDEX_BYTES = 8 * 2 ** 20;

/** @returns null when the folder has no such index (the file of `save_to_disk` has the same name). */
export function readLlamaFactoryIndex(folder: string): LlamaFactoryIndex | null {
  const path = join(folder, 'dataset_info.json');
  if (!existsSync(path) || statSync(path).size > MAX_INDEX_BYTES) return null;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null || 'features' in json) return null;
  const sets: LlamaFactorySet[] = [];
  const notes: string[] = [];
  for (const [name, described] of Object.entries(json)) {
    const known = entry.safeParse(described);
    if (!known.success)
      notes.push(`dataset_info.json: the set ${name} is not described in a known way.`);
    else if (known.data.file_name === undefined) {
      notes.push(`dataset_info.json: the set ${name} is not a file here; nothing is downloaded.`);
    } else if (!existsSync(join(folder, known.data.file_name))) {
      notes.push(`dataset_info.json: ${known.data.file_name} of the set ${name} is not there.`);
    } else {
      sets.push({
        name,
        path: join(folder, known.data.file_name),
        formatting: known.data.formatting,
        isRanking: known.data.ranking,
        columns: known.data.columns,
        tags: known.data.tags ?? tags.parse(known.data.formatting === 'openai' ? OPENAI_TAGS : {}),
      });
    }
  }
  return sets.length === 0 ? null : { sets, notes };
}

const OPENAI_TAGS = {
  role_tag: 'role',
  content_tag: 'content',
  user_tag: 'user',
  assistant_tag: 'assistant',
  observation_tag: 'tool',
  function_tag: 'function',
  system_tag: 'system',
};
