/** A model, checkpoint or adapter as an ordinary folder for other programs; checked by reading it back. */
import { resolve } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { exportModel } from '../bundle/export-model.ts';
import { baseOf, isAdapter, modelFolder } from '../training/open-model.ts';
import { defineJob } from './define.ts';

export const modelExport = defineJob({
  name: 'model-export',
  params: jobParams['model-export'],
  async run(context, params) {
    const folder = modelFolder(params.checkpoint);
    const out = resolve(params.out);
    const base = params.base === undefined ? namedBaseOf(folder) : resolve(params.base);
    const written = await exportModel(
      { folder, base, format: params.format, dtype: params.dtype, out },
      {
        signal: context.signal,
        onProgress: (stage, done, total) => context.emit({ type: 'progress', stage, done, total }),
      },
    );
    context.emit({
      type: 'row',
      row: { kind: 'model-export', path: out, format: params.format, ...written, isChecked: true },
    });
    return { ok: true };
  },
});

/** Without a base here the export itself says what is missing. */
function namedBaseOf(folder: string): string | undefined {
  if (!isAdapter(folder)) return undefined;
  try {
    return baseOf(folder);
  } catch (thrown) {
    if (LabError.from(thrown).code === 'model/unsupported') return undefined;
    throw thrown;
  }
}
