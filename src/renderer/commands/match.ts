/** How well a text answers what was typed: 0 = not at all. Words in any order, each a beginning or a part. */
export function matchScore(query: string, candidate: string): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const where = candidate.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = where.indexOf(word);
    if (at < 0) return 0;
    const isStart = at === 0 || /[\s/.:_-]/.test(where[at - 1] ?? '');
    score += (isStart ? 10 : 2) + word.length / Math.max(1, where.length);
  }
  return score;
}
