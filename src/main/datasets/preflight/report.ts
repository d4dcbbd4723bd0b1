/**
 * The words of a preflight report. Comes in: rows by problem. Goes out: problems as the window lists
 * them, the worst first, with the fixes that can be made.
 */
import type { PreflightFix, PreflightProblem } from '../../../shared/model/dataset-reports.ts';
import type { Note, ProblemId } from './scan.ts';

interface Words {
  readonly severity: PreflightProblem['severity'];
  readonly title: string;
  readonly detail: string;
  readonly fix: 'exclude' | 'keep-first' | 'none';
}

/** In the order of the list. */
const WORDS: Readonly<Record<ProblemId, Words>> = {
  'missing-image': {
    severity: 'error',
    title: 'Pictures are missing',
    detail: 'Training stops at a row whose picture cannot be read.',
    fix: 'exclude',
  },
  'image-marks': {
    severity: 'error',
    title: 'Image tags differ from images',
    detail: 'The text shows another number of pictures than the row has.',
    fix: 'exclude',
  },
  'empty-answer': {
    severity: 'error',
    title: 'Nothing to learn from',
    detail: 'Rows without an answer and without a completion give no reward and no loss.',
    fix: 'exclude',
  },
  'held-out-duplicate': {
    severity: 'error',
    title: 'Near-duplicates of held out',
    detail: 'Scores on a held-out set mean little when its questions are trained on.',
    fix: 'exclude',
  },
  'unparsable-answer': {
    severity: 'warn',
    title: 'Answers no verifier can parse',
    detail: 'Every completion to such a row is judged wrong, so its group teaches nothing.',
    fix: 'exclude',
  },
  'duplicate-key': {
    severity: 'warn',
    title: 'Ids that occur twice',
    detail: 'Rollouts and notes are found by id; the second row of an id cannot be told apart.',
    fix: 'keep-first',
  },
  'duplicate-row': {
    severity: 'warn',
    title: 'Rows that occur twice',
    detail: 'Same prompt, same pictures, same target.',
    fix: 'keep-first',
  },
  'near-duplicate': {
    severity: 'info',
    title: 'Rows that are nearly the same',
    detail: 'Same words, and pictures that differ by a few pixels.',
    fix: 'keep-first',
  },
  'long-prompt': {
    severity: 'warn',
    title: 'Very long prompts',
    detail: 'More than 8,000 characters, about 2,048 tokens: look at what the model sees.',
    fix: 'exclude',
  },
  'tiny-image': {
    severity: 'warn',
    title: 'Tiny pictures',
    detail: 'A side is shorter than one 28 pixel patch, so the picture is stretched.',
    fix: 'exclude',
  },
  'huge-image': {
    severity: 'info',
    title: 'Huge pictures',
    detail: 'More than 16 million pixels: they are shrunk until they fit, small print is lost.',
    fix: 'none',
  },
  'exif-rotation': {
    severity: 'info',
    title: 'Pictures turned by EXIF',
    detail: 'They are shown and trained on upright; boxes are in upright coordinates.',
    fix: 'none',
  },
  'bad-rows': {
    severity: 'warn',
    title: 'Rows that were not imported',
    detail: 'They are listed with their reasons under Bad rows.',
    fix: 'none',
  },
};

export const PROBLEM_ORDER = Object.keys(WORDS) as ProblemId[]; // the keys of a Record<ProblemId, ..>

const EXAMPLES = 20;

export function problemOf(
  id: ProblemId,
  notes: readonly Note[],
  rows: number,
  extra: number,
): PreflightProblem {
  const { severity, title, detail, fix } = WORDS[id];
  return {
    id,
    severity,
    title,
    detail,
    rows,
    examples: notes.slice(0, EXAMPLES).map(({ row, note }) => ({ row, note })),
    fixes: fixesOf(fix, rows, extra),
  };
}

function fixesOf(fix: Words['fix'], rows: number, extra: number): PreflightFix[] {
  const counted = (count: number) =>
    `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
  const exclude: PreflightFix = {
    id: 'exclude-rows',
    title: `Leave out ${counted(rows)}`,
    effect: 'A view without them; the dataset stays as it is.',
  };
  switch (fix) {
    case 'exclude':
      return [exclude];
    case 'keep-first':
      return [
        {
          id: 'keep-first',
          title: `Keep the first, leave out ${counted(extra)}`,
          effect: 'A view with one row of each; the dataset stays as it is.',
        },
      ];
    case 'none':
      return [];
  }
}
