/** CISPO: bounded importance weights, no token is dropped. */
import { defineRecipe } from '../define.ts';

export const cispo = defineRecipe({
  id: 'cispo',
  title: 'CISPO',
  paper: 'arXiv:2506.13585',
  parent: 'dapo',
  differs:
    'as DAPO, but instead of clipping the surrogate the importance weight is bounded and detached, so every token keeps a gradient',
  shape: 'online-rl',
  slots: { objective: { surrogate: { kind: 'cispo', max: 5 } } },
});
