/** A question of the workspace's own data: a row of its first dataset with its pictures, and its answer. */
import { useQuery } from '@tanstack/react-query';
import type { Sample } from '../../../shared/model/sample.ts';
import { useTRPC } from '../../rpc/client.ts';
import type { Question } from './chat-state.ts';

export interface Example {
  readonly question: Question;
  readonly dataset: string;
  readonly row: number;
}

/** @param at which of the first rows; undefined while it is on its way or when there is no data */
export function useExample(at: number): Example | undefined {
  const trpc = useTRPC();
  const datasets = useQuery(trpc.datasets.list.queryOptions());
  const dataset = datasets.data?.find(({ status, rows }) => status === 'ready' && rows > 0);
  const row = dataset === undefined ? 0 : at % dataset.rows;
  const sample = useQuery(
    trpc.datasets.sample.queryOptions(
      { dataset: dataset?.id ?? '', row },
      { enabled: dataset !== undefined },
    ),
  );
  if (dataset === undefined || sample.data === undefined) return undefined;
  return { question: questionOf(sample.data), dataset: dataset.name, row };
}

/** The words of the last user turn; the starter's own data asks for a thought with a last word. */
function questionOf(sample: Sample): Question {
  const last = sample.messages.findLast(({ role }) => role === 'user');
  const words = last?.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])) ?? [];
  return {
    text: words.join('').trim(),
    pictures: sample.images.map(({ sha256, width = 0, height = 0 }) => ({ sha256, width, height })),
  };
}
