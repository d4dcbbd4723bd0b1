/** Hinge (SLiC): pairs that are far enough apart stop teaching. */
import { defineRecipe } from '../define.ts';

export const hinge = defineRecipe({
  id: 'hinge',
  title: 'Hinge (SLiC)',
  paper: 'arXiv:2305.10425',
  parent: 'dpo',
  differs: 'as DPO, but with a hinge loss: no gradient once beta x margin reaches 1',
  shape: 'preference',
  slots: { objective: { loss: { kind: 'hinge', beta: 0.1 } } },
});
