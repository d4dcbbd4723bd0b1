/** Words of charts: summaries for readers who do not see them, and names of their parts. */
export const text = {
  nothingYet: (title: string) => `${title}. No points yet.`,
  summary: (ends: {
    readonly title: string;
    readonly first: string;
    readonly last: string;
    readonly low: string;
    readonly high: string;
    readonly step: string;
  }) =>
    `${ends.title}: from ${ends.first} to ${ends.last} at step ${ends.step}, between ${ends.low} and ${ends.high}.`,
  noPoints: 'No points yet',
  noPositive: 'Nothing above zero to draw on a log scale',
  keysHint:
    'Left and Right move the rule, Shift moves it by ten, plus and minus zoom, 0 shows everything.',
  stages: 'Stages by step',
  seconds: 'seconds',
  above: (value: string) => `limit ${value}`,
  ofTotal: (part: string, total: string) => `${part} of ${total}`,
} as const;
