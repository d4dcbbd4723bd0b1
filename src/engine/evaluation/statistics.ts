/**
 * What a share of right answers is worth: Wilson's interval for one share (Wilson 1927), and the exact
 * McNemar test for two models on the same items (McNemar 1947, binomial form).
 */

const Z95 = 1.959963984540054;

/** 95 % interval of a share. @returns [0, 1] for no items */
export function wilsonInterval(right: number, total: number): [low: number, high: number] {
  if (total === 0) return [0, 1];
  const p = right / total;
  const z2 = Z95 * Z95;
  const centre = p + z2 / (2 * total);
  const half = Z95 * Math.sqrt((p * (1 - p)) / total + z2 / (4 * total * total));
  const scale = 1 + z2 / total;
  // The ends of none and all are exact; computed they would be off in the last digit.
  const low = right === 0 ? 0 : (centre - half) / scale;
  const high = right === total ? 1 : (centre + half) / scale;
  return [low, high];
}

/**
 * Two-sided p of the hypothesis that both models are right equally often, from the items on which
 * they disagree: twice the smaller tail of Binomial(n, 1/2), at most 1.
 */
export function pairedP(before: readonly boolean[], after: readonly boolean[]): number {
  if (before.length !== after.length) {
    throw new RangeError(`paired test: ${before.length} and ${after.length} items`);
  }
  let gained = 0;
  let lost = 0;
  before.forEach((was, i) => {
    if (was && !after[i]) lost += 1;
    if (!was && after[i]) gained += 1;
  });
  return binomialTwoSided(Math.min(gained, lost), gained + lost);
}

/** P(at most k or at least n - k) of Binomial(n, 1/2), summed in logarithms. */
function binomialTwoSided(k: number, n: number): number {
  if (n === 0) return 1;
  let logChoose = 0;
  let tail = 0;
  for (let i = 0; i <= k; i++) {
    if (i > 0) logChoose += Math.log(n - i + 1) - Math.log(i);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
