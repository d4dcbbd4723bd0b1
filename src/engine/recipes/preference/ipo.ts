/** IPO: the margin has a target. */
import { defineRecipe } from '../define.ts';

export const ipo = defineRecipe({
  id: 'ipo',
  title: 'IPO',
  paper: 'arXiv:2310.12036',
  parent: 'dpo',
  differs:
    'as DPO, but the per-token margin is pulled to 1 / (2 beta) by a squared loss instead of without end',
  shape: 'preference',
  slots: { objective: { loss: { kind: 'ipo', beta: 0.1 } } },
});
