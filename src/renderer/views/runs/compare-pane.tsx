/** Two runs or more side by side: one curve of each over the same axis, then numbers and what differs. */
import { Button, Select, Switch } from '@mantine/core';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { RunSummary } from '../../../shared/model/app-run.ts';
import type { ChartSeries } from '../../charts/chart-types.ts';
import { HoverProvider } from '../../charts/hover.tsx';
import { LineChart } from '../../charts/line-chart.tsx';
import { slotOf, strokeOf } from '../../charts/palette.ts';
import { bytes, duration, quantity } from '../../parts/format.ts';
import { PaneBody, PaneHead, Section } from '../../parts/pane.tsx';
import { useTRPC } from '../../rpc/client.ts';
import { text } from '../../strings/runs.ts';
import styles from './compare-pane.module.css';
import { paramText } from './run-columns.tsx';

const FAMILY = 'runs';
const MOST_POINTS = 600;
/** Parameters that one request may ask for. */
const MOST_PARAMS = 64;

export function ComparePane(props: {
  readonly runs: readonly RunSummary[];
  readonly onClear: () => void;
}) {
  const { runs } = props;
  const metrics = useMemo(() => sharedMetrics(runs), [runs]);
  const [chosen, setChosen] = useState<string>();
  const metric = chosen !== undefined && metrics.includes(chosen) ? chosen : metrics[0];
  return (
    <>
      <PaneHead title={text.compare} hint={text.compareHint(runs.length)}>
        <Button variant="subtle" onClick={props.onClear}>
          {text.compareClear}
        </Button>
      </PaneHead>
      <PaneBody>
        <div className={styles['curve']}>
          <Select
            aria-label={text.compareMetric}
            searchable
            data={metrics}
            value={metric ?? null}
            onChange={(next) => setChosen(next ?? undefined)}
          />
          {metric !== undefined && <Curves runs={runs} metric={metric} />}
        </div>
        <Numbers runs={runs} metrics={metrics} />
      </PaneBody>
    </>
  );
}

const SAY_MOST = ['evaluation/accuracy', 'reward/mean', 'objective/loss'];
/** About the machine rather than the model. */
const SAY_LEAST = /^(memory|timing|data)\//;

/** What all of the runs have first, and of that what says most. */
function sharedMetrics(runs: readonly RunSummary[]): string[] {
  const known = new Set(runs.flatMap(({ latest }) => Object.keys(latest)));
  const missing = (id: string) => runs.filter(({ latest }) => (latest[id] ?? null) === null).length;
  const place = (id: string) => (SAY_MOST.includes(id) ? SAY_MOST.indexOf(id) : SAY_MOST.length);
  const isOfMachine = (id: string) => Number(SAY_LEAST.test(id));
  return [...known].sort(
    (a, b) =>
      isOfMachine(a) - isOfMachine(b) ||
      missing(a) - missing(b) ||
      place(a) - place(b) ||
      a.localeCompare(b),
  );
}

function Curves({
  runs,
  metric,
}: {
  readonly runs: readonly RunSummary[];
  readonly metric: string;
}) {
  const trpc = useTRPC();
  const [stretch, setStretch] = useState<readonly [number, number] | null>(null);
  const answers = useQueries({
    queries: runs.map((run) =>
      trpc.runs.series.queryOptions(
        {
          run: run.id,
          metrics: [metric],
          from: stretch?.[0] ?? null,
          to: stretch?.[1] ?? null,
          maxPoints: MOST_POINTS,
        },
        { placeholderData: keepPreviousData },
      ),
    ),
  });
  const series = runs.flatMap((run, index): ChartSeries[] => {
    const found = answers[index]?.data?.[0];
    if (found === undefined) return [];
    return [
      {
        id: run.id,
        title: run.name,
        slot: slotOf(FAMILY, run.id),
        points: found.points,
        bucket: found.bucket,
        isMeasured: metric.startsWith('evaluation/'),
      },
    ];
  });
  const last = Math.max(1, ...series.map(({ points }) => points.at(-1)?.x ?? 1));
  return (
    <HoverProvider>
      <LineChart
        title={metric}
        unit=""
        series={series}
        xDomain={stretch ?? [0, last]}
        xKind="count"
        smoothing={0.8}
        height={220}
        onZoom={(from, to) => setStretch([Math.max(0, from), to])}
        onReset={() => setStretch(null)}
      />
    </HoverProvider>
  );
}

function Numbers({
  runs,
  metrics,
}: {
  readonly runs: readonly RunSummary[];
  readonly metrics: readonly string[];
}) {
  const trpc = useTRPC();
  const [isDiffer, setDiffer] = useState(true);
  const columns = useQuery(trpc.runs.columns.queryOptions());
  const wanted = (columns.data?.params ?? []).slice(0, MOST_PARAMS);
  const full = useQuery(
    trpc.runs.list.queryOptions(
      { params: wanted, isArchivedShown: true },
      { enabled: wanted.length > 0 },
    ),
  );
  const withParams = runs.map((run) => full.data?.find(({ id }) => id === run.id) ?? run);
  const [base] = runs;
  const params = wanted.filter((param) => {
    const values = withParams.map((run) => paramText(run.params[param]));
    return !isDiffer || new Set(values).size > 1;
  });
  return (
    <Section title={text.metrics} hint={text.baseline}>
      <div className={styles['scroll']}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th>
                <span className="visually-hidden">{text.metrics}</span>
              </th>
              {runs.map((run) => (
                <th key={run.id} scope="col" title={run.id}>
                  <span
                    className={styles['swatch']}
                    style={{ background: strokeOf(slotOf(FAMILY, run.id)) }}
                  />
                  {run.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <tr key={metric}>
                <th scope="row" title={metric}>
                  {metric}
                </th>
                {runs.map((run) => (
                  <td key={run.id}>{metricCell(run, base, metric)}</td>
                ))}
              </tr>
            ))}
            <tr>
              <th scope="row">
                <Switch
                  label={text.differ}
                  checked={isDiffer}
                  onChange={(event) => setDiffer(event.currentTarget.checked)}
                />
              </th>
              <td colSpan={runs.length} />
            </tr>
            {params.map((param) => (
              <tr key={param}>
                <th scope="row" title={param}>
                  {param}
                </th>
                {withParams.map((run) => (
                  <td key={run.id}>{paramText(run.params[param])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function metricCell(run: RunSummary, base: RunSummary | undefined, metric: string) {
  const value = run.latest[metric];
  const first = base?.latest[metric];
  if (value === undefined || value === null) return '–';
  const hasDelta =
    base !== undefined && base.id !== run.id && first !== undefined && first !== null;
  return (
    <>
      {metricText(metric, value)}
      {hasDelta && (
        <span className={styles['delta']}>
          {value < first ? '\u2212' : '+'}
          {metricText(metric, Math.abs(value - first))}
        </span>
      )}
    </>
  );
}

function metricText(metric: string, value: number): string {
  if (metric.endsWith('_bytes')) return bytes(value);
  if (metric.endsWith('_ms')) return duration(value / 1000);
  return quantity(value);
}
