/** Rows as a model sees them: tokens, pictures, what is trained and what is cut; no weights are read. */
import { setImmediate } from 'node:timers/promises';
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { modelSees } from '../bundle/model-sees.ts';
import { rowItem } from '../data/row-item.ts';
import { defineJob } from './define.ts';
import { loadedParts } from './loaded-models.ts';

export const modelSeesJob = defineJob({
  name: 'model-sees',
  params: jobParams['model-sees'],
  async run(context, params) {
    const parts = loadedParts(params.model);
    for (const [i, sample] of params.samples.entries()) {
      await setImmediate();
      context.signal.throwIfAborted();
      const id = sample.id ?? String(i);
      try {
        const place = { root: params.mediaFolder ?? '.', name: `row ${id}`, fallbackId: id };
        const row = modelSees(parts, await rowItem(sample, place), params.limit);
        context.emit({ type: 'row', row: { ...row } });
      } catch (thrown) {
        const error = LabError.from(thrown);
        if (error.code === 'internal') throw error;
        context.emit({ type: 'row', row: unseen(id, error) });
      }
    }
    return { ok: true };
  },
});

/** A row that no model can see, in the same form. */
function unseen(id: string, { code, message, hint }: LabError): Record<string, unknown> {
  return {
    id,
    text: '',
    tokens: [],
    images: [],
    promptTokens: 0,
    trainedTokens: 0,
    limit: 0,
    cutAt: null,
    error: { code, message, hint: hint ?? null },
  };
}
