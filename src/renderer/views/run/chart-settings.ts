/** How a person likes the charts, kept in this browser: smoothing, log axes, x, charts by shape of run. */
import { useCallback, useState } from 'react';
import { z } from 'zod';
import { seriesAxis } from '../../../shared/model/run-series.ts';

const KEY = 'run.charts';

const chartSettings = z.object({
  smoothing: z.number().min(0).max(0.99).catch(0.86),
  isLog: z.boolean().catch(false),
  x: seriesAxis.catch('step'),
  /** Ids of charts by shape of run; absent = as at first. */
  shown: z.record(z.string(), z.array(z.string())).catch({}),
});
export type ChartSettings = z.infer<typeof chartSettings>;

function read(): ChartSettings {
  try {
    return chartSettings.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return chartSettings.parse({});
  }
}

export function useChartSettings(): readonly [
  ChartSettings,
  (change: Partial<ChartSettings>) => void,
] {
  const [settings, setSettings] = useState(read);
  const change = useCallback((part: Partial<ChartSettings>) => {
    setSettings((before) => {
      const next = { ...before, ...part };
      localStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, []);
  return [settings, change];
}
