/**
 * What can go wrong with online RL, told in plain words: no variance, truncation, entropy, KL, clipping,
 * ratio tails, unanimous groups, rambling, one part of the reward deciding, reward without learning.
 */
import {
  bandRule,
  evidenceOf,
  type HealthInput,
  IN_BAND,
  meanOfFirst,
  meanOfLast,
  percent,
  type Rule,
  sparkOf,
  trendOf,
  WINDOW,
} from './rules.ts';

const NO_VARIANCE = 0.3;

const reward: Rule = (input) => {
  const points = input.values('reward/mean');
  if (points.length === 0) return undefined;
  const trend = trendOf(points);
  const isEarly = points.length < 20;
  const isFalling = trend.word === 'falling';
  return {
    id: 'reward',
    title: 'Reward',
    value: meanOfLast(points),
    unit: '',
    state: isFalling ? 'warn' : 'ok',
    word: isEarly && trend.word === 'flat' ? 'early' : trend.word,
    band: null,
    spark: sparkOf(points),
    metric: 'reward/mean',
    finding: isFalling ? `The reward falls: ${signed(trend.change)} over the last steps.` : '',
    cause: isFalling
      ? 'The step is too large for what the groups say, or the policy has moved away from what it was good at.'
      : '',
    action: isFalling
      ? 'Lower the learning rate (× 0.5), or go back to an earlier checkpoint.'
      : '',
    evidence: [],
  };
};

const variance = bandRule({
  id: 'no-variance',
  title: 'No variance',
  metric: 'rollout/zero_variance_share',
  unit: 'fraction',
  band: [null, NO_VARIANCE],
  judge(value) {
    if (value <= NO_VARIANCE) return undefined;
    const part = value > 0.6 ? 'Most groups' : 'A third of groups';
    return {
      state: value > 0.6 ? 'bad' : 'warn',
      word: `above ${NO_VARIANCE.toFixed(2)}`,
      finding: `${part} teach nothing: ${percent(value)} have the same reward for every sample.`,
      cause: 'Prompts that are always solved or never solved give no advantage.',
      action: 'Turn on the group filter (rollout.filter), or choose prompts of middle difficulty.',
    };
  },
  evidence: (input) =>
    evidenceOf(input.groups, (group) => {
      if (!group.isSilent) return undefined;
      if (group.right === null) return 'same reward';
      if (group.right === group.size) return `all ${group.size} right`;
      return group.right === 0 ? `all ${group.size} wrong` : 'same reward';
    }),
});

const truncated = bandRule({
  id: 'truncated',
  title: 'Truncated',
  metric: 'rollout/truncated_share',
  unit: 'fraction',
  band: [null, 0.05],
  judge(value) {
    if (value <= 0.05) return undefined;
    return {
      state: value > 0.25 ? 'bad' : 'warn',
      word: 'above 0.05',
      finding: `${percent(value)} of completions are cut off at the length limit.`,
      cause:
        'The limit is too low, or the policy has begun to ramble: a cut answer is scored as wrong.',
      action: 'Raise rollout.maxCompletionTokens, or add a length penalty to the reward.',
    };
  },
  evidence: (input) =>
    evidenceOf(input.groups, ({ truncated: cut, size }) =>
      cut > 0 ? `${cut} of ${size} cut off` : undefined,
    ),
});

const entropy: Rule = (input) => {
  const points = input.values('rollout/entropy_nats');
  if (points.length === 0) return undefined;
  const value = meanOfLast(points);
  const start = meanOfFirst(points);
  const floor = Math.max(0.02, start * 0.2);
  const ceiling = start * 2 + 0.1;
  const isLow = points.length > WINDOW && value < floor;
  const isHigh = points.length > WINDOW && value > ceiling;
  const share = percent(value / Math.max(start, 1e-9));
  return {
    id: 'entropy',
    title: 'Entropy',
    value,
    unit: 'nats',
    state: isLow ? (value < floor / 2 ? 'bad' : 'warn') : isHigh ? 'warn' : 'ok',
    word: isLow ? 'collapsing' : isHigh ? 'rising' : 'in band',
    band: [floor, ceiling],
    spark: sparkOf(points),
    metric: 'rollout/entropy_nats',
    finding: isLow
      ? `The policy has nearly stopped exploring: entropy is ${share} of what it was at the start.`
      : isHigh
        ? `The samples become random: entropy is ${share} of what it was at the start.`
        : '',
    cause: isLow
      ? 'Advantages keep sharpening the same answers; samples of a group become copies.'
      : isHigh
        ? 'Updates reward unlikely tokens, or the learning rate is too high.'
        : '',
    action: isLow
      ? 'Raise the upper clip bound or the temperature, or stop here: what follows is mostly noise.'
      : isHigh
        ? 'Lower the learning rate, or add a KL term.'
        : '',
    evidence: [],
  };
};

const kl = bandRule({
  id: 'kl',
  title: 'KL',
  metric: 'objective/kl_nats',
  unit: 'nats',
  band: [null, 0.1],
  judge(value) {
    if (value <= 0.1) return undefined;
    return {
      state: value > 0.5 ? 'bad' : 'warn',
      word: 'above 0.10',
      finding: `The policy is ${value.toFixed(2)} nats per token away from the model it began with.`,
      cause: 'The KL weight is small for this learning rate, or the reward pays for unusual text.',
      action: 'Raise the KL weight, lower the learning rate, and read what the best samples say.',
    };
  },
});

const clipped: Rule = (input) => {
  const low = input.values('objective/clip_fraction_low');
  const high = input.values('objective/clip_fraction_high');
  const longer = low.length >= high.length ? low : high;
  if (longer.length === 0) return undefined;
  const other = new Map((longer === low ? high : low).map(({ step, value }) => [step, value]));
  const points = longer.map(({ step, value }) => ({ step, value: value + (other.get(step) ?? 0) }));
  const value = meanOfLast(points);
  const isBeyond = value > 0.2;
  return {
    id: 'clipped',
    title: 'Clipped',
    value,
    unit: 'fraction',
    state: isBeyond ? (value > 0.4 ? 'bad' : 'warn') : 'ok',
    word: isBeyond ? 'above 0.20' : 'in band',
    band: [null, 0.2],
    spark: sparkOf(points),
    metric:
      meanOfLast(high) >= meanOfLast(low)
        ? 'objective/clip_fraction_high'
        : 'objective/clip_fraction_low',
    finding: isBeyond
      ? `${percent(value)} of tokens lie outside the trust interval and teach nothing.`
      : '',
    cause: isBeyond ? 'The policy moves too far between sampling and update.' : '',
    action: isBeyond ? 'Lower the learning rate or training.updatesPerStep.' : '',
    evidence: [],
  };
};

const ratio = bandRule({
  id: 'ratio',
  title: 'Ratio p99',
  metric: 'objective/ratio_p99',
  unit: '',
  band: [null, 2],
  judge(value) {
    if (value <= 2) return undefined;
    return {
      state: value > 5 ? 'bad' : 'warn',
      word: 'above 2',
      finding: `One token in a hundred is ${value.toFixed(1)} times as likely as when it was sampled.`,
      cause: 'Samples are old by the time they are learned from, or single tokens move a lot.',
      action: 'Lower training.updatesPerStep or the learning rate.',
    };
  },
});

const unique: Rule = (input) => {
  const points = input.values('rollout/unique_answers');
  if (points.length === 0) return undefined;
  const value = meanOfLast(points);
  const size = Math.max(2, input.groups[0]?.size ?? 8);
  return {
    id: 'unique',
    title: 'Unique answers',
    value,
    unit: `of ${size}`,
    band: [1.3, 0.9 * size],
    spark: sparkOf(points),
    metric: 'rollout/unique_answers',
    evidence: [],
    ...judgeUnique(value, size),
  };
};

function judgeUnique(value: number, size: number) {
  if (value < 0.5) {
    return {
      state: 'warn' as const,
      word: 'no answers',
      finding: 'Most completions give no answer that can be read.',
      cause: 'The policy does not know the form of an answer yet, or is cut off before it.',
      action: 'Begin with a cold start on written traces, or raise the length limit.',
    };
  }
  if (value < 1.3) {
    return {
      state: 'warn' as const,
      word: 'unanimous',
      finding: 'Groups nearly always agree on one answer.',
      cause: 'The prompts are too easy now, or the policy has collapsed to one answer.',
      action: 'Choose harder prompts; compare with the entropy.',
    };
  }
  if (value > 0.9 * size && size > 2) {
    return {
      state: 'warn' as const,
      word: 'scattered',
      finding: 'Nearly every sample of a group gives another answer.',
      cause: 'The policy guesses: the prompts are far above it.',
      action: 'Begin with easier prompts or a cold start.',
    };
  }
  return IN_BAND;
}

const length: Rule = (input) => {
  const right = input.values('rollout/length_right_tokens');
  const wrong = input.values('rollout/length_wrong_tokens');
  if (wrong.length === 0 || right.length === 0) return undefined;
  const value = meanOfLast(wrong) / Math.max(1, meanOfLast(right));
  const isRambling = value > 1.5 && trendOf(wrong).word === 'rising';
  return {
    id: 'length',
    title: 'Wrong ÷ right length',
    value,
    unit: '×',
    state: isRambling ? 'warn' : 'ok',
    word: isRambling ? 'wrong ones grow' : 'in band',
    band: [null, 1.5],
    spark: sparkOf(wrong),
    metric: 'rollout/length_wrong_tokens',
    finding: isRambling
      ? `Wrong answers are ${value.toFixed(1)} times as long as right ones, and growing.`
      : '',
    cause: isRambling ? 'A per-sequence mean makes long wrong answers cheap.' : '',
    action: isRambling ? 'Use a token mean (objective.aggregate) or a length penalty.' : '',
    evidence: [],
  };
};

const dominating: Rule = (input) => {
  const parts = Object.entries(input.spread).sort(([, a], [, b]) => b - a);
  const [most] = parts;
  if (most === undefined || parts.length < 2) return undefined;
  const [name, share] = most;
  const isDominating = share > 0.9;
  return {
    id: 'reward-parts',
    title: 'Reward parts',
    value: share,
    unit: 'fraction',
    state: isDominating ? 'warn' : 'ok',
    word: isDominating ? `${name} decides` : 'mixed',
    band: [null, 0.9],
    spark: [],
    metric: `reward/${name.replaceAll('-', '_')}`,
    finding: isDominating
      ? `${name} brings ${percent(share)} of the differences between rewards.`
      : '',
    cause: isDominating
      ? 'The other parts are the same for nearly all samples, or weigh too little.'
      : '',
    action: isDominating
      ? 'Change the weights, or drop parts that no longer tell samples apart.'
      : '',
    evidence: [],
  };
};

const unlearned: Rule = (input) => {
  const evaluations = input.values('evaluation/accuracy');
  const rewards = input.values('reward/mean');
  if (evaluations.length === 0) return undefined;
  const last = evaluations.at(-1)?.value ?? 0;
  const first = evaluations[0];
  const since = rewards.filter(({ step }) => step >= (first?.step ?? 0));
  const isRising = trendOf(since, since.length).word === 'rising';
  const isFlat = evaluations.length >= 3 && last - (first?.value ?? 0) < 0.01;
  const isBad = isRising && isFlat;
  return {
    id: 'held-out',
    title: 'Held-out',
    value: last,
    unit: 'fraction',
    state: isBad ? 'warn' : 'ok',
    word: isBad
      ? 'flat while reward rises'
      : evaluations.length < 2
        ? 'one point'
        : trendWord(last - (first?.value ?? 0)),
    band: null,
    spark: sparkOf(evaluations),
    metric: 'evaluation/accuracy',
    finding: isBad ? 'The reward rises but held-out accuracy does not.' : '',
    cause: isBad
      ? 'The policy learns the reward and not the task, or only the training prompts.'
      : '',
    action: isBad
      ? 'Read the best-rewarded samples; check for format rewards that pay without a right answer.'
      : '',
    evidence: isBad
      ? evaluations.map(({ step, value }) => ({ step, note: value.toFixed(3) })).reverse()
      : [],
  };
};

function trendWord(change: number): string {
  return Math.abs(change) < 0.01 ? 'flat' : change > 0 ? 'rising' : 'falling';
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(2)}`;
}

/** In the order of the strip. */
export const ONLINE_RULES: readonly Rule[] = [
  reward,
  variance,
  truncated,
  entropy,
  kl,
  clipped,
  ratio,
  unique,
  length,
  dominating,
  unlearned,
];

export function judgeAll(rules: readonly Rule[], input: HealthInput) {
  return rules.flatMap((rule) => rule(input) ?? []);
}
