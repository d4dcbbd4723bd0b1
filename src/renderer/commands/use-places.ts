/** Things one can go to from the palette: areas, datasets, runs, models. Goes out: palette entries. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTRPC } from '../rpc/client.ts';
import { useGo } from '../shell/location.ts';
import { text } from '../strings/shell.ts';
import { areas } from '../views/areas.ts';

export interface Place {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly hint?: string;
  readonly run: () => void;
}

export function usePlaces(): readonly Place[] {
  const trpc = useTRPC();
  const go = useGo();
  const datasets = useQuery(trpc.datasets.list.queryOptions());
  const runs = useQuery(trpc.runs.list.queryOptions());
  const models = useQuery(trpc.models.list.queryOptions());
  return useMemo(
    () => [
      ...areas.map((area) => ({
        id: `area.${area.id}`,
        title: area.title,
        group: text.groupGo,
        run: () => go(area.path),
      })),
      ...(datasets.data ?? []).map((dataset) => ({
        id: `dataset.${dataset.id}`,
        title: dataset.name,
        group: text.groupDataset,
        run: () => go(`/datasets/${dataset.id}`),
      })),
      ...(runs.data ?? []).map((run) => ({
        id: `run.${run.id}`,
        title: run.name,
        group: text.groupRun,
        run: () => go(`/runs/${run.id}`),
      })),
      ...(models.data ?? []).map((model) => ({
        id: `model.${model.id}`,
        title: model.name,
        group: text.groupModel,
        run: () => go('/models', { search: { m: model.id } }),
      })),
    ],
    [datasets.data, runs.data, models.data, go],
  );
}
