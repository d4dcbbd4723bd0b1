/** What can go wrong with supervised and preference training: loss, gradients, pairs, held-out. */
import { bandRule, meanOfLast, percent, type Rule, sparkOf, trendOf } from './rules.ts';

const loss: Rule = (input) => {
  const points = input.values('objective/loss');
  if (points.length === 0) return undefined;
  const trend = trendOf(points);
  const isRising = trend.word === 'rising' && points.length >= 20;
  return {
    id: 'loss',
    title: 'Loss',
    value: meanOfLast(points),
    unit: '',
    state: isRising ? 'warn' : 'ok',
    word: trend.word,
    band: null,
    spark: sparkOf(points),
    metric: 'objective/loss',
    finding: isRising ? 'The loss rises over the last steps.' : '',
    cause: isRising ? 'The learning rate is too high, or the newest rows are of another kind.' : '',
    action: isRising ? 'Lower the learning rate (× 0.5), or go back to an earlier checkpoint.' : '',
    evidence: [],
  };
};

/** Against the run's own usual size: models differ by orders of magnitude. */
const gradient: Rule = (input) => {
  const points = input.values('gradient/norm');
  if (points.length === 0) return undefined;
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const value = points.at(-1)?.value ?? 0;
  const recent = Math.max(...points.slice(-8).map((point) => point.value));
  const isSpike = points.length > 10 && recent > 10 * median;
  return {
    id: 'gradient',
    title: 'Gradient norm',
    value,
    unit: '',
    state: isSpike ? 'warn' : 'ok',
    word: isSpike ? 'spike' : 'in band',
    band: [null, 10 * median],
    spark: sparkOf(points),
    metric: 'gradient/norm',
    finding: isSpike
      ? `A gradient was ${Math.round(recent / Math.max(median, 1e-12))} times its usual size.`
      : '',
    cause: isSpike ? 'One batch holds rows unlike the rest, or the run begins to diverge.' : '',
    action: isSpike ? 'Look at the rows of that step; keep optimizer.maxGradNorm on.' : '',
    evidence: isSpike
      ? points
          .filter((point) => point.value > 10 * median)
          .slice(-20)
          .reverse()
          .map((point) => ({ step: point.step, note: `norm ${point.value.toPrecision(3)}` }))
      : [],
  };
};

const pairs = bandRule({
  id: 'pairs',
  title: 'Pair accuracy',
  metric: 'objective/pair_accuracy',
  unit: 'fraction',
  band: [0.5, null],
  judge(value, points) {
    if (value >= 0.5 || points.length < 20) return undefined;
    return {
      state: 'warn',
      word: 'below 0.50',
      finding: `Only ${percent(value)} of chosen completions are preferred to the rejected ones.`,
      cause: 'Chosen and rejected may be swapped, or the learning rate is too low.',
      action: 'Check a few pairs of the data; raise the learning rate or beta.',
    };
  },
});

const heldOut: Rule = (input) => {
  const points = input.values('evaluation/accuracy');
  if (points.length === 0) return undefined;
  const best = Math.max(...points.map(({ value }) => value));
  const last = points.at(-1)?.value ?? 0;
  const isWorse = points.length >= 3 && last < best - 0.05;
  return {
    id: 'held-out',
    title: 'Held-out',
    value: last,
    unit: 'fraction',
    state: isWorse ? 'warn' : 'ok',
    word: isWorse ? 'past its best' : 'in band',
    band: null,
    spark: sparkOf(points),
    metric: 'evaluation/accuracy',
    finding: isWorse
      ? `Held-out accuracy was ${best.toFixed(3)} and is ${last.toFixed(3)} now.`
      : '',
    cause: isWorse ? 'The model begins to learn its rows by heart.' : '',
    action: isWorse ? 'Stop here and use the checkpoint nearest to the best point.' : '',
    evidence: points
      .filter(({ value }) => value === best)
      .map(({ step }) => ({ step, note: 'best' })),
  };
};

export const OFFLINE_RULES: readonly Rule[] = [loss, gradient, pairs, heldOut];
