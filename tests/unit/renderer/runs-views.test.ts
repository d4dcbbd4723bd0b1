/** The pages of runs without a browser: which charts, which rows, what a draft comes to. */
import { describe, expect, test } from 'vitest';
import { terminalLine } from '../../../src/renderer/views/new-run/plan.ts';
import {
  lineOf,
  readRecipe,
  readValue,
  writeRecipe,
  writeValue,
} from '../../../src/renderer/views/new-run/recipe-text.ts';
import {
  changed,
  changedPaths,
  laidOver,
  reset,
  valueAt,
} from '../../../src/renderer/views/new-run/slots.ts';
import { domainOf, toChartSeries } from '../../../src/renderer/views/run/chart-data.ts';
import { planCharts, shownAtFirst } from '../../../src/renderer/views/run/chart-plan.ts';
import { eventLines, letterOf } from '../../../src/renderer/views/run/event-marks.ts';
import { withEvent } from '../../../src/renderer/views/run/queries.ts';
import { changesOf, klWeightOf } from '../../../src/renderer/views/run/safe-changes.ts';
import { runRows } from '../../../src/renderer/views/runs/run-rows.ts';
import type { RunEventRow, RunSummary } from '../../../src/shared/model/app-run.ts';
import type { CatalogEntry, Series } from '../../../src/shared/model/run-series.ts';

const entry = (id: string): CatalogEntry => ({
  id,
  unit: '',
  title: id,
  group: id.split('/')[0] ?? '',
  points: 3,
  lastStep: 3,
  last: 1,
  min: 0,
  max: 1,
});
const event = (seq: number, kind: string, data: RunEventRow['data'], step = seq): RunEventRow => ({
  seq,
  at: seq,
  step,
  kind,
  data,
});

describe('charts of a run', () => {
  const online = planCharts(
    [
      'reward/mean',
      'reward/answer_accuracy',
      'reward/format_tags',
      'rollout/length_right_tokens',
      'rollout/length_wrong_tokens',
      'rollout/length_tokens',
      'objective/loss',
      'evaluation/accuracy',
      'evaluation/accuracy_low',
      'evaluation/accuracy_high',
      'custom/own_metric',
    ].map(entry),
  );

  test('what belongs together shares one, everything else has its own', () => {
    const titles = (id: string) =>
      online.find((plan) => plan.id === id)?.series.map(({ title }) => title);
    expect(titles('reward')).toEqual(['answer', 'format']);
    expect(titles('length')).toEqual(['right', 'wrong']);
    expect(titles('custom/own_metric')).toHaveLength(1);
    expect(online.flatMap(({ series }) => series).map(({ metric }) => metric)).not.toContain(
      'evaluation/accuracy_low',
    );
  });

  test('at first, nothing is said twice', () => {
    expect(shownAtFirst(online)).toEqual(['reward', 'accuracy', 'length', 'custom/own_metric']);
    expect(shownAtFirst(planCharts([entry('objective/loss'), entry('gradient/norm')]))).toEqual([
      'loss',
      'gradient',
    ]);
  });

  test('an evaluation comes with its interval', () => {
    const plan = online.find(({ id }) => id === 'accuracy');
    const series = (metric: string, mean: number): Series => ({
      metric,
      unit: '',
      level: 0,
      bucket: 1,
      total: 1,
      points: [{ step: 5, x: 5, min: mean, max: mean, mean, first: mean, last: mean, count: 1 }],
    });
    if (plan === undefined) throw new Error('there is one');
    const [drawn] = toChartSeries(plan, [
      series('evaluation/accuracy', 0.5),
      series('evaluation/accuracy_low', 0.4),
      series('evaluation/accuracy_high', 0.7),
    ]);
    expect(drawn?.interval).toEqual([{ x: 5, low: 0.4, high: 0.7 }]);
    expect(
      domainOf([{ plan, series: [drawn], isPending: false, error: null }] as never, 'step', null),
    ).toEqual([5, 6]);
  });
});

describe('events', () => {
  test('what bends a curve has a letter, the rest a line', () => {
    const lines = eventLines([
      event(1, 'started', {}, 0),
      event(2, 'changed', { what: 'lr-scale', from: 1, to: 0.5, step: 5 }),
      event(3, 'checkpoint', { step: 6 }),
      event(4, 'changed', { what: 'kl-weight', from: 0.01, to: 0.02, step: 8 }),
      event(5, 'metrics', {}),
    ]);
    expect(lines.map(({ letter }) => letter)).toEqual([null, 'a', null, 'b']);
    expect(lines.map(({ title }) => title).slice(1)).toEqual([
      'Learning rate × 0.5',
      'Checkpoint 6',
      'KL coefficient 0.01 to 0.02',
    ]);
    expect(letterOf(27)).toBe('ab');
  });

  test('each once, in order, also after a reconnect', () => {
    const known = [event(1, 'started', {})];
    expect(withEvent(known, event(1, 'started', {}))).toBe(known);
    expect(withEvent(known, event(2, 'paused', {})).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('the newest change counts', () => {
    const changes = [0.5, 0.25].map((to, i) => event(i + 1, 'changed', { what: 'lr-scale', to }));
    expect(changesOf(changes)).toEqual({ 'lr-scale': 0.25 });
    expect(klWeightOf({ slots: { objective: { kl: { coefficient: 0.04 } } } })).toBe(0.04);
    expect(klWeightOf({ slots: { objective: { kl: null } } })).toBeNull();
  });
});

describe('rows of the table', () => {
  const run = (id: string, part: Partial<RunSummary> = {}): RunSummary => ({
    id,
    name: id,
    recipe: 'grpo',
    shape: 'online-rl',
    status: 'finished',
    step: 1,
    steps: 1,
    createdAt: 0,
    startedAt: 0,
    endedAt: 1,
    secondsPerStep: null,
    etaSeconds: null,
    tokensPerSecond: null,
    model: 'starter',
    data: 'world',
    parent: null,
    tags: [],
    note: '',
    isArchived: false,
    latest: {},
    params: {},
    item: null,
    canResume: false,
    error: null,
    ...part,
  });
  const options = {
    words: '',
    filters: [],
    sort: { key: 'name', isDescending: false },
    group: 'none',
    noTag: 'no tag',
  } as const;
  const runs = [
    run('b', { latest: { 'reward/mean': 0.2 }, tags: ['x', 'y'], recipe: 'dapo' }),
    run('a', { latest: { 'reward/mean': 0.9 }, note: 'wide clip' }),
    run('c'),
  ];
  const names = (part: object) =>
    runRows(runs, { ...options, ...part }).map((row) =>
      row.kind === 'run' ? row.run.name : `[${row.title}]`,
    );

  test('are sorted by a metric, those without it last', () => {
    expect(names({ sort: { key: 'metric:reward/mean', isDescending: true } })).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(names({ sort: { key: 'metric:reward/mean', isDescending: false } })).toEqual([
      'b',
      'a',
      'c',
    ]);
  });

  test('are found by words of the note, and filtered', () => {
    expect(names({ words: 'CLIP wide' })).toEqual(['a']);
    expect(
      names({
        filters: [
          { kind: 'recipe', value: 'dapo' },
          { kind: 'tag', value: 'x' },
        ],
      }),
    ).toEqual(['b']);
    expect(
      names({
        filters: [
          { kind: 'recipe', value: 'dapo' },
          { kind: 'recipe', value: 'grpo' },
        ],
      }),
    ).toHaveLength(3);
  });

  test('stand once under each tag', () => {
    expect(names({ group: 'tag' })).toEqual(['[no tag]', 'a', 'c', '[x]', 'b', '[y]', 'b']);
  });
});

describe('a draft', () => {
  const defaults = {
    optimizer: { kind: 'adamw', learningRate: 1e-6 },
    data: { tasks: {} },
    objective: { kl: { kind: 'k3', coefficient: 0.04 } },
  };

  test('keeps only what differs from the recipe', () => {
    const once = changed(defaults, {}, 'optimizer.learningRate', 1e-4);
    expect(once).toEqual({ optimizer: { learningRate: 1e-4 } });
    expect(changed(defaults, once, 'optimizer.learningRate', 1e-6)).toEqual({});
    expect(reset(defaults, once, 'optimizer.learningRate')).toEqual({});
    const off = changed(defaults, {}, 'objective.kl', null);
    expect(valueAt(laidOver(defaults, off), 'objective.kl')).toBeNull();
    expect(changedPaths(off)).toEqual(['objective.kl']);
  });

  test('is the same as text, whatever is in it', () => {
    const slots = {
      optimizer: { learningRate: 1e-7, kind: 'adamw' },
      data: { suffix: ' think: {', tasks: { follow: 1 }, difficulty: { '1': 1, '4': 5 } },
      model: { lora: null, freeze: [] },
    };
    const text = writeRecipe('grpo', slots);
    expect(readRecipe(text)).toEqual({ ok: true, recipe: 'grpo', slots });
    expect(text).toContain('tasks: { follow: 1 }');
    expect(lineOf(text, 'optimizer.kind')).toBe(4);
    expect(lineOf(text, 'optimizer.nothing')).toBe(2);
    expect(lineOf(text, 'nothing')).toBeNull();
  });

  test('says where its text is broken', () => {
    expect(readRecipe('recipe: grpo\noptimizer: [')).toMatchObject({ ok: false, line: 2 });
    expect(readRecipe('- a list')).toMatchObject({ ok: false });
    expect(readRecipe('')).toMatchObject({ ok: true, recipe: null, slots: {} });
    const bomb = `a: &a [x,x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: [${'*b,'.repeat(9)}*b]`;
    expect(readRecipe(bomb)).toMatchObject({ ok: false });
  });

  test('of one setting', () => {
    expect(writeValue({ follow: 1 })).toBe('{ follow: 1 }');
    expect(readValue('[1, 4]')).toEqual([1, 4]);
    expect(readValue('{ follow: ')).toBeUndefined();
  });

  test('is one line in a terminal while it fits', () => {
    const draft = { recipe: 'grpo', name: '', changes: {}, data: null };
    expect(terminalLine(draft)).toBe('rationale run start grpo');
    expect(terminalLine({ ...draft, changes: { optimizer: { learningRate: 1e-5 } } })).toBe(
      'rationale run start grpo --set optimizer.learningRate=1e-5',
    );
    expect(
      terminalLine({ ...draft, changes: { data: { tasks: { follow: 1 }, source: "it's" } } }),
    ).toContain('rationale run start');
    expect(terminalLine({ ...draft, changes: { reward: { terms: [] } } })).toBe(
      'rationale run start recipe.yaml',
    );
  });
});
