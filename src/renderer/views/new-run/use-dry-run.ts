/** One measured step before anything starts: a plan goes out, what it costs comes back, with its age in edits. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DryRunReport, TrainPlan } from '../../../shared/model/run-queue.ts';
import { useTRPC } from '../../rpc/client.ts';

type Measured = Pick<
  DryRunReport,
  | 'at'
  | 'peakBytes'
  | 'secondsPerStep'
  | 'tokensPerSecond'
  | 'seconds'
  | 'diskBytes'
  | 'detail'
  | 'status'
>;

export interface DryRunState {
  readonly run: () => void;
  readonly cancel: () => void;
  readonly isRunning: boolean;
  /** What it is at. */
  readonly stage: string | null;
  readonly report: Measured | null;
  /** Edits since it was measured; 0 = it is of what stands here. */
  readonly editsSince: number;
  readonly error: unknown;
}

export function useDryRun(plan: TrainPlan, edits: number): DryRunState {
  const trpc = useTRPC();
  const [measured, setMeasured] = useState<{ readonly report: Measured; readonly edits: number }>();
  const dryRun = useMutation(trpc.runs.dryRun.mutationOptions());
  const cancel = useMutation(trpc.runs.cancelDryRun.mutationOptions());
  const reports = useQuery(
    trpc.runs.dryRuns.queryOptions(undefined, {
      enabled: dryRun.isPending,
      refetchInterval: dryRun.isPending ? 700 : false,
    }),
  );
  const running = reports.data?.find(({ status }) => status === 'running');
  return {
    run: () =>
      dryRun.mutate(plan, {
        onSuccess: (report) => {
          if (report.status === 'done') setMeasured({ report, edits });
        },
      }),
    cancel: () => {
      if (running !== undefined) cancel.mutate({ id: running.id });
    },
    isRunning: dryRun.isPending,
    stage: running?.stage ?? null,
    report: measured?.report ?? null,
    editsSince: measured === undefined ? 0 : edits - measured.edits,
    error: dryRun.error ?? dryRun.data?.error ?? null,
  };
}
