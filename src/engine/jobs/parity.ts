/** `rationale parity DIR`: one row per compared tensor; not ok when one of them is too far off. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { checkModel } from '../parity/model.ts';
import { defineJob } from './define.ts';
import { openRuntime } from './open-runtime.ts';

export const parity = defineJob({
  name: 'parity',
  params: jobParams.parity,
  async run(context, params) {
    let compared = 0;
    let failed = 0;
    for await (const row of checkModel(openRuntime(params), params.folder)) {
      context.signal.throwIfAborted();
      compared += 1;
      failed += row.ok ? 0 : 1;
      context.emit({ type: 'row', row: { ...row } });
    }
    context.emit({ type: 'report', text: `${compared} tensors compared, ${failed} too far off` });
    return { ok: failed === 0 && compared > 0 };
  },
});
