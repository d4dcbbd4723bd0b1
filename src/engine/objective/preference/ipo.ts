/**
 * (chosen/n_c - rejected/n_r - 1/(2 beta))^2: the margin is pulled to a finite target. As in TRL each
 * log ratio is divided by its own length first. IPO, arXiv:2310.12036 eq. 17.
 */
import { z } from 'zod';
import { definePreference } from '../define.ts';

export const ipo = definePreference({
  kind: 'ipo',
  meaning: 'squared distance of the per-token margin from 1 / (2 beta)',
  paper: 'arXiv:2310.12036',
  params: {
    beta: z
      .number()
      .gt(0)
      .default(0.1)
      .meta({ description: 'Regularisation: the margin aimed at is 1 / (2 beta).' }),
  },
  build(g, { chosen, rejected, chosenTokens, rejectedTokens }, { beta }) {
    const margin = g.sub(g.div(chosen, chosenTokens), g.div(rejected, rejectedTokens));
    const distance = g.sub(margin, 1 / (2 * beta));
    return g.mul(distance, distance);
  },
});
