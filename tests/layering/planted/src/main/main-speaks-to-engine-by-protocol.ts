import type { Batch } from '../engine/batch.ts';
export type Copy = Batch;
