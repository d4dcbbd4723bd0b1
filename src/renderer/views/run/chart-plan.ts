/**
 * Which charts a run can show. The metrics it has reported come in; charts with titles, units and
 * series go out: those that belong together share one, every other metric gets its own.
 */
import type { CatalogEntry } from '../../../shared/model/run-series.ts';

export interface PlannedSeries {
  readonly metric: string;
  readonly title: string;
}

export interface ChartPlan {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly PlannedSeries[];
  /** Evaluations: marks with their interval, never smoothed. */
  readonly isMeasured: boolean;
  /** A schedule has no noise to take out. */
  readonly isExact: boolean;
  readonly isFromZero: boolean;
  /** Heading in the chooser. */
  readonly group: string;
}

interface Theme {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Metric (or `family/*` without those of `but`) and what its line is called. */
  readonly lines: readonly (readonly [string, string])[];
  readonly but?: readonly string[];
  readonly isMeasured?: boolean;
  readonly isFromZero?: boolean;
}

/** In the order of their worth: the first six that a run has are shown at first. */
const THEMES: readonly Theme[] = [
  {
    id: 'reward',
    title: 'Reward by part',
    unit: 'mean over group',
    lines: [['reward/*', '']],
    but: ['reward/mean', 'reward/std'],
  },
  {
    id: 'reward-mean',
    title: 'Reward',
    unit: 'mean over group',
    lines: [['reward/mean', 'reward']],
  },
  {
    id: 'accuracy',
    title: 'Held-out accuracy',
    unit: '95 % interval',
    lines: [['evaluation/accuracy', 'accuracy']],
    isMeasured: true,
  },
  { id: 'loss', title: 'Loss', unit: 'nats per token', lines: [['objective/loss', 'loss']] },
  {
    id: 'margin',
    title: 'Reward of pairs',
    unit: 'implicit, nats',
    lines: [
      ['objective/chosen_reward', 'chosen'],
      ['objective/rejected_reward', 'rejected'],
    ],
  },
  {
    id: 'pair-accuracy',
    title: 'Pairs told apart',
    unit: 'share',
    lines: [['objective/pair_accuracy', 'right']],
    isFromZero: true,
  },
  { id: 'margin-mean', title: 'Margin', unit: 'nats', lines: [['objective/margin', 'margin']] },
  {
    id: 'silent',
    title: 'Groups with no variance',
    unit: 'share',
    lines: [
      ['rollout/zero_variance_share', 'share'],
      ['advantage/silent_group_share', 'share'],
    ],
    isFromZero: true,
  },
  {
    id: 'kl',
    title: 'KL to reference',
    unit: 'nats per token',
    lines: [['objective/kl_nats', 'KL']],
    isFromZero: true,
  },
  {
    id: 'entropy',
    title: 'Entropy',
    unit: 'nats per token',
    lines: [
      ['rollout/entropy_nats', 'rollout'],
      ['objective/entropy_nats', 'update'],
    ],
    isFromZero: true,
  },
  {
    id: 'length',
    title: 'Length',
    unit: 'tokens, by outcome',
    lines: [
      ['rollout/length_right_tokens', 'right'],
      ['rollout/length_wrong_tokens', 'wrong'],
    ],
  },
  {
    id: 'length-all',
    title: 'Length',
    unit: 'tokens',
    lines: [['rollout/length_tokens', 'length']],
  },
  {
    id: 'gradient',
    title: 'Gradient norm',
    unit: 'before clipping',
    lines: [['gradient/norm', 'norm']],
  },
  {
    id: 'rate',
    title: 'Learning rate',
    unit: 'per step',
    lines: [['optimizer/learning_rate', 'rate']],
    isFromZero: true,
  },
  {
    id: 'clip',
    title: 'Clipped tokens',
    unit: 'share',
    lines: [
      ['objective/clip_fraction_low', 'low'],
      ['objective/clip_fraction_high', 'high'],
    ],
    isFromZero: true,
  },
  {
    id: 'ratio',
    title: 'Importance ratio',
    unit: 'new to old',
    lines: [
      ['objective/ratio_mean', 'mean'],
      ['objective/ratio_p99', 'p99'],
      ['objective/ratio_max', 'max'],
    ],
  },
  {
    id: 'truncated',
    title: 'Truncated',
    unit: 'share of completions',
    lines: [['rollout/truncated_share', 'share']],
    isFromZero: true,
  },
  {
    id: 'unique',
    title: 'Unique answers',
    unit: 'per group',
    lines: [['rollout/unique_answers', 'answers']],
    isFromZero: true,
  },
  { id: 'timing', title: 'Time by stage', unit: 'ms', lines: [['timing/*', '']], isFromZero: true },
];

/** Belong to the interval of another metric. */
const INTERVALS = new Set(['evaluation/accuracy_low', 'evaluation/accuracy_high']);
const SHOWN_AT_FIRST = 6;
/** A chart with more lines cannot be read. */
const MOST_LINES = 8;

export function planCharts(catalog: readonly CatalogEntry[]): ChartPlan[] {
  const known = new Map(catalog.map((entry) => [entry.id, entry]));
  const used = new Set<string>(INTERVALS);
  const plans: ChartPlan[] = [];
  for (const theme of THEMES) {
    const series = linesOf(theme, known, used);
    if (series.length === 0) continue;
    for (const { metric } of series) used.add(metric);
    plans.push({
      id: theme.id,
      title: theme.title,
      unit: theme.unit,
      series,
      isMeasured: theme.isMeasured === true,
      isExact: theme.id === 'rate',
      isFromZero: theme.isFromZero === true,
      group: series[0]?.metric.split('/')[0] ?? '',
    });
  }
  for (const entry of catalog) {
    if (!used.has(entry.id)) plans.push(planOf(entry));
  }
  return plans;
}

export function planOf(entry: CatalogEntry): ChartPlan {
  return {
    id: entry.id,
    title: entry.title,
    unit: entry.unit === '' ? entry.id : entry.unit,
    series: [{ metric: entry.id, title: entry.title.toLowerCase() }],
    isMeasured: entry.group === 'evaluation',
    isExact: false,
    isFromZero: /_share$|fraction/.test(entry.id),
    group: entry.group,
  };
}

function linesOf(
  theme: Theme,
  known: ReadonlyMap<string, CatalogEntry>,
  used: ReadonlySet<string>,
): PlannedSeries[] {
  const lines = theme.lines.flatMap(([pattern, title]): PlannedSeries[] => {
    if (!pattern.endsWith('*')) return known.has(pattern) ? [{ metric: pattern, title }] : [];
    const family = pattern.slice(0, -1);
    return [...known.keys()]
      .filter((id) => id.startsWith(family) && !used.has(id) && theme.but?.includes(id) !== true)
      .map((metric) => ({ metric, title: partName(metric) }));
  });
  // The same quantity under an older and a newer name: one line.
  const byTitle = new Map(lines.map((line) => [line.title, line]));
  return [...byTitle.values()].slice(0, MOST_LINES);
}

/** `reward/answer_accuracy` -> answer; `timing/rollout_ms` -> rollout. */
function partName(metric: string): string {
  const name = metric.slice(metric.indexOf('/') + 1);
  return name.replace(/_(accuracy|tags|ms|share|tokens|nats)$/, '').replaceAll('_', ' ');
}

/** The first six, without those that the ones before them say already. */
export function shownAtFirst(plans: readonly ChartPlan[]): string[] {
  const skip = new Set<string>();
  const has = (id: string) => plans.some((plan) => plan.id === id);
  if (has('reward')) for (const id of ['reward-mean', 'loss']) skip.add(id);
  if (has('length')) skip.add('length-all');
  return plans
    .map(({ id }) => id)
    .filter((id) => !skip.has(id))
    .slice(0, SHOWN_AT_FIRST);
}
